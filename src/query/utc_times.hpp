// Constants of SQL that are times with an offset.
#pragma once

#include <string>
#include <string_view>

namespace wideline::query {

/// `sql` with every text that is an RFC 3339 time with an offset, and that something is compared with, as the same time
/// in UTC. DuckDB makes a TIMESTAMP of such a text without regard to the offset, so that '01:00:00+01:00' would be one
/// o'clock.
[[nodiscard]] std::string with_utc_times(std::string_view sql);

}  // namespace wideline::query
