// A ClickHouse table that takes events' lines as they are, as JSONEachRow.
#pragma once

#include <string>
#include <vector>

#include "read/schema.hpp"

namespace wideline::read {

/// A CREATE TABLE statement that ClickHouse from 18.16 on takes. The table takes the lines of all events that `fields`
/// was made of, with input_format_skip_unknown_fields = 1: columns that not every version could fill from JSON
/// (objects, values of mixed kinds) are in it as comments that say so.
[[nodiscard]] std::string clickhouse_table(const std::vector<FieldFacts>& fields, std::uint64_t events);

}  // namespace wideline::read
