#include <charconv>
#include <cmath>
#include <cstring>

#include "pipeline/json_number.hpp"

namespace wideline::json_text {

char* write_double(char* out, double value) noexcept {
    const double size = std::fabs(value);
    if (size != 0 && (size < 1e-4 || size >= 1e16))
        return std::to_chars(out, out + kNumberBound, value, std::chars_format::scientific).ptr;
    char* end = std::to_chars(out, out + kNumberBound, value, std::chars_format::fixed).ptr;
    if (std::trunc(value) == value) {
        std::memcpy(end, ".0", 2);
        end += 2;
    }
    return end;
}

}  // namespace wideline::json_text
