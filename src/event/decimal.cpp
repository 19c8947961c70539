#include <wideline/detail/decimal.hpp>

#include <charconv>
#include <cmath>

namespace wideline::detail {

double decimal_of(float value) noexcept {
    const auto exact = static_cast<double>(value);
    if (!std::isfinite(value)) return exact;
    // Most floats were made of a few decimals. The first number of decimals that reads back as the float is the
    // fewest; m / 10^n of two exact doubles rounds as reading the text does.
    const double size = std::fabs(exact);
    if (size >= 1 && size < 1e7) {
        double power = 1;
        for (int decimals = 0; decimals <= 4; ++decimals, power *= 10) {
            const double rounded = std::nearbyint(exact * power) / power;
            if (static_cast<float>(rounded) == value) return rounded;
        }
    }
    char digits[32];
    const std::to_chars_result written = std::to_chars(digits, digits + sizeof digits, value);  // whole: its own digits
    double result = exact;
    std::from_chars(digits, written.ptr, result);
    return result;
}

}  // namespace wideline::detail
