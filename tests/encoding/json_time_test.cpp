#include <chrono>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>

#include "catch.hpp"
#include "encoding/json_time.hpp"

using namespace wideline::json_text;

namespace {

std::string written(std::int64_t microseconds) {
    char room[kTimeBound + 8];
    std::memset(room, 0x5a, sizeof room);
    const char* const end = write_time(room, microseconds);
    if (std::string(room + kTimeBound, 8) != std::string(8, '\x5a')) return "wrote past the bound";
    return {static_cast<const char*>(room), end};
}

std::string model(std::int64_t microseconds) {
    const std::chrono::sys_time<std::chrono::microseconds> time{std::chrono::microseconds{microseconds}};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const auto of_day = (time - day).count();
    char text[64];
    std::snprintf(text, sizeof text, "\"%04d-%02u-%02uT%02d:%02d:%02d.%06dZ\"", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(of_day / 3'600'000'000), static_cast<int>(of_day / 60'000'000 % 60),
                  static_cast<int>(of_day / 1'000'000 % 60), static_cast<int>(of_day % 1'000'000));
    return text;
}

}  // namespace

TEST_CASE("A time is RFC 3339 in UTC with microseconds, before 1970 too", "[json_text]") {
    CHECK(written(1'795'471'262'123'456) == "\"2026-11-23T22:01:02.123456Z\"");
    CHECK(written(0) == "\"1970-01-01T00:00:00.000000Z\"");
    CHECK(written(-1) == "\"1969-12-31T23:59:59.999999Z\"");
    CHECK(written(951'782'400'000'000) == "\"2000-02-29T00:00:00.000000Z\"");
    CHECK(written(kFirstTime) == "\"0000-01-01T00:00:00.000000Z\"");
    CHECK(written(kLastTime) == "\"9999-12-31T23:59:59.999999Z\"");
}

TEST_CASE("Times outside the years 0000 to 9999 are said to be unwritable", "[json_text]") {
    CHECK(is_writable_time(kFirstTime));
    CHECK(is_writable_time(kLastTime));
    CHECK_FALSE(is_writable_time(kFirstTime - 1));
    CHECK_FALSE(is_writable_time(kLastTime + 1));
    CHECK_FALSE(is_writable_time(INT64_MIN));
    CHECK_FALSE(is_writable_time(INT64_MAX));
}

TEST_CASE("The first and the last microsecond of every seventh day of ten thousand years agree with std::chrono",
          "[json_text]") {
    constexpr std::int64_t kDay = 86'400'000'000;
    for (std::int64_t day = kFirstTime; day < kLastTime; day += 7 * kDay) {
        if (written(day) != model(day)) FAIL(written(day) << " in place of " << model(day));
        const std::int64_t last = day + kDay - 1;
        if (written(last) != model(last)) FAIL(written(last) << " in place of " << model(last));
    }
}

TEST_CASE("Every day around the turns of centuries and random times agree with std::chrono", "[json_text]") {
    constexpr std::int64_t kDay = 86'400'000'000;
    for (const std::int64_t year : {1600, 1700, 1900, 2000, 2026, 2038, 2100, 2262}) {
        const std::int64_t begin = ((year - 1970) * 365 + (year - 1970) / 4 - 30) * kDay;
        for (std::int64_t time = begin; time < begin + 800 * kDay; time += kDay)
            if (written(time) != model(time)) FAIL(written(time) << " in place of " << model(time));
    }
    std::mt19937_64 random{19};
    for (int round = 0; round < 500'000; ++round) {
        const auto span = static_cast<std::uint64_t>(kLastTime - kFirstTime);
        const std::int64_t time = kFirstTime + static_cast<std::int64_t>(random() % span);
        if (written(time) != model(time)) FAIL(written(time) << " in place of " << model(time));
    }
}
