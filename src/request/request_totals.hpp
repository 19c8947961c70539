// Totals put together: those of many threads, of many frames.
#pragma once

#include <span>
#include <vector>

#include <wideline/request_totals.hpp>

namespace wideline::detail {

/// Adds `more` to `sum`, whose name stays.
void add(const RequestTotals& more, RequestTotals& sum);
/// The same by name; names that `sums` lacks are put behind.
void add(std::span<const RequestTotals> more, std::vector<RequestTotals>& sums);

/// What `now` has more than `before`, an earlier state of the same counts.
[[nodiscard]] RequestTotals since(const RequestTotals& before, const RequestTotals& now);

}  // namespace wideline::detail
