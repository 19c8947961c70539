// The section of an index that holds what was lost: docs/file-format.md gives every byte.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <wideline/lost_events.hpp>

namespace wideline::journal_files {

/// Rule names past 65,535 bytes are cut.
[[nodiscard]] std::string lost_section(std::span<const LostEvents> lost);

/// Any bytes may come in. False if they are not losses, and then `into` holds those that came before.
[[nodiscard]] bool decode_lost(std::string_view section, std::vector<LostEvents>& into);

/// Adds `more` to `sum`, by rule and reason.
void add(std::span<const LostEvents> more, std::vector<LostEvents>& sum);

}  // namespace wideline::journal_files
