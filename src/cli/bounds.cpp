#include "cli/bounds.hpp"

#include <chrono>
#include <stdexcept>

namespace wideline::cli {
namespace {

std::optional<read::TimePoint> moment(const std::string& option, const std::string& text) {
    if (text.empty()) return std::nullopt;
    const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    const auto parsed = read::parse_moment(text, now);
    if (!parsed)
        throw std::invalid_argument(option +
                                    " takes a time like 2026-11-23T22:00:00Z or 2026-11-23, or a span before now "
                                    "like 15m, 2h or 3d, not \"" +
                                    text + "\"");
    return parsed;
}

}  // namespace

read::Selection::Bounds bounds_of(const std::string& since, const std::string& until, bool errors) {
    using Outcome = read::Selection::Bounds::Outcome;
    return {moment("--since", since), moment("--until", until), errors ? Outcome::failed : Outcome::any};
}

}  // namespace wideline::cli
