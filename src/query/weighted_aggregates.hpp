// Two aggregates of DuckDB that know what an event stands for: `requests(weight)` and `wquantile(weight, x, q)`. People
// write them without the weight; see weighted_calls.hpp.
#pragma once

#include "query/database.hpp"

namespace wideline::query {

/// requests(weight) is the sum of the weights, 0 where there are no events. wquantile(weight, x, q) is the smallest x
/// whose cumulative weight reaches the share q (0 to 1) of the total, which is how `stats` takes percentiles; null
/// where there is none. It keeps 16 bytes for each event. A null or NaN in x counts nothing, and in wquantile a weight
/// of 0 or less; a null weight is 1, for an event of another program stands for itself. A q out of 0 to 1 is an error.
platform::Status add_weighted_aggregates(Database& database);

}  // namespace wideline::query
