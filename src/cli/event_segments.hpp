// The segments that a path on the command line means and that can be read; the others are complained about.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_status.hpp"

namespace wideline::cli {

struct EventSegments {
    std::vector<std::string> segments;
    ExitStatus status = ExitStatus::done;
};

[[nodiscard]] EventSegments event_segments(const std::vector<std::string>& paths);

/// What query::EventsView::Hearer::bytes_read comes to at the end; nothing where that cannot be known.
[[nodiscard]] std::optional<std::uint64_t> twice_bytes_at(const std::vector<std::string>& segments);

/// For a verb that comes back to what it has read: whether `path` is a directory, or a segment that is no pipe. If not,
/// it is complained about.
[[nodiscard]] bool is_lasting(std::string_view verb, const std::string& path);

}  // namespace wideline::cli
