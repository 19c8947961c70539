// requests() and wquantile(x, q) in a statement, as people write them, are calls of aggregates that take the weight
// too: a macro of DuckDB cannot name a column, so the weight is put into the text.
#pragma once

#include <string>
#include <string_view>

namespace wideline::query {

inline constexpr std::string_view kWeightColumn = "sample_weight";

/// The weight of an event, with its share of what was lost around it.
inline constexpr std::string_view kCorrectedWeightColumn = "coalesce(\"wideline.weight\", sample_weight, 0)";

/// Whether a statement reads the column sample_weight itself.
[[nodiscard]] bool reads_weight(std::string_view sql);

/// `requests()` becomes `requests(weight)`, and `wquantile(x, q)` `wquantile(weight, x, q)`; nothing else changes, and
/// nothing within texts, quoted names and comments.
[[nodiscard]] std::string with_weight(std::string_view sql, std::string_view weight);

/// The title that DuckDB gives a column of such a call, as the call was written.
[[nodiscard]] std::string without_weight(std::string title);

}  // namespace wideline::query
