// The section of an index that holds totals: docs/file-format.md gives every byte.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <wideline/request_totals.hpp>

namespace wideline::journal_files {

[[nodiscard]] std::string totals_section(const std::vector<RequestTotals>& totals);

/// Any bytes may come in; false where they are no totals, and then `into` holds those that came before.
[[nodiscard]] bool decode_totals(std::string_view section, std::vector<RequestTotals>& into);

}  // namespace wideline::journal_files
