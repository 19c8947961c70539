#include "read/time_text.hpp"

#include "catch.hpp"

using namespace std::chrono_literals;
using wideline::read::parse_moment;
using wideline::read::parse_rfc3339;
using wideline::read::TimePoint;

TEST_CASE("RFC 3339 is read with offsets and fractions, and nothing else is") {
    const TimePoint evening = std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 22h + 1min + 2s;
    CHECK(parse_rfc3339("2026-11-23T22:01:02Z") == evening);
    CHECK(parse_rfc3339("2026-11-23T22:01:02.123456Z") == evening + 123456us);
    CHECK(parse_rfc3339("2026-11-23t23:01:02.5+01:00") == evening + 500ms);
    CHECK(parse_rfc3339("2026-11-23 17:31:02.1234567899-04:30") == evening + 123456us);
    CHECK(parse_rfc3339("1969-12-31T23:59:59.999999Z") == TimePoint(-1us));
    for (const auto* text : {"", "2026-11-23", "2026-11-23T22:01:02", "2026-02-30T00:00:00Z", "2026-11-23T24:00:00Z",
                             "2026-11-23T22:01:02.Z", "2026-11-23T22:01:02Zx", "2026-1-23T22:01:02Z", "15m"})
        CHECK_FALSE(parse_rfc3339(text));
}

TEST_CASE("A moment is a time, a day, or so long before now") {
    const TimePoint now = std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 22h;
    CHECK(parse_moment("90s", now) == now - 90s);
    CHECK(parse_moment("15m", now) == now - 15min);
    CHECK(parse_moment("2h", now) == now - 2h);
    CHECK(parse_moment("3d", now) == now - 72h);
    CHECK(parse_moment("1w", now) == now - 168h);
    CHECK(parse_moment("2026-11-23", now) == now - 22h);
    for (const auto* text : {"", "m", "-5m", "5", "5y", "99999999999999h", "999999999w", "1.5h"})
        CHECK_FALSE(parse_moment(text, now));
}
