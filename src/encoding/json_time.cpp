#include "encoding/json_time.hpp"

#include <cstring>

#include "encoding/decimal_digits.hpp"

namespace wideline::json_text {

namespace {

struct Date {
    std::uint32_t year, month, day;
};

/// The date of a day counted from 0000-03-01, or rather from 400 years before it, so that January of the year 0 is not
/// negative. Years begin in March, so that the leap day is the last of its year and months are lengths of one straight
/// line: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms"; the divisions as in C. Neri and L. Schneider,
/// "Euclidean affine functions and their application to calendar algorithms" (2022).
Date date_of(std::uint32_t day) noexcept {
    const std::uint32_t quarter = 4 * day + 3;
    const std::uint32_t century = quarter / 146097;
    const std::uint32_t of_century = quarter % 146097 | 3;  // four times the day of the century, plus 3
    const std::uint32_t year_of_century = of_century / 1461;
    const std::uint32_t day_of_year = of_century % 1461 / 4;
    const std::uint32_t line = 2141 * day_of_year + 197913;  // 2^16 a month; March is 3
    const std::uint32_t month = line >> 16;
    const std::uint32_t after_december = day_of_year >= 306 ? 1 : 0;
    return {century * 100 + year_of_century + after_december - 400, month - 12 * after_december,
            (line & 0xffff) / 2141 + 1};
}

}  // namespace

char* write_time(char* out, std::int64_t microseconds) noexcept {
    constexpr std::uint64_t kDay = 86'400'000'000;
    constexpr std::uint64_t kDaysTo1970 = 719'468 + 146'097;  // from the first of March of the year -400
    const std::uint64_t since = static_cast<std::uint64_t>(microseconds) + kDaysTo1970 * kDay;
    const std::uint64_t day = since / kDay;
    const std::uint64_t of_day = since % kDay;
    const Date date = date_of(static_cast<std::uint32_t>(day));
    const auto second = static_cast<std::uint32_t>(of_day / 1'000'000);
    const auto fraction = static_cast<std::uint32_t>(of_day % 1'000'000);

    std::memcpy(out, "\"0000-00-00T00:00:00.000000Z\"", kTimeBound);
    write_two_digits(out + 1, date.year / 100);
    write_two_digits(out + 3, date.year % 100);
    write_two_digits(out + 6, date.month);
    write_two_digits(out + 9, date.day);
    write_two_digits(out + 12, second / 3600);
    write_two_digits(out + 15, second / 60 % 60);
    write_two_digits(out + 18, second % 60);
    write_two_digits(out + 21, fraction / 10000);
    write_two_digits(out + 23, fraction / 100 % 100);
    write_two_digits(out + 25, fraction % 100);
    return out + kTimeBound;
}

}  // namespace wideline::json_text
