// Whether forwards make sense, before anything is opened or started.
#pragma once

#include <optional>
#include <string>

#include <wideline/forward.hpp>

namespace wideline::delivery {

/// What is wrong, and in which forward: `place` is its index, or its count if it is about all of them.
struct Nonsense {
    std::size_t forward = 0;
    std::string key;  ///< "retry", "pack", "name", …; empty if it is about the whole.
    std::string sentence;
};
[[nodiscard]] std::optional<Nonsense> nonsense_in(const ForwardOptions& options);

[[nodiscard]] bool is_route_name(std::string_view name);

}  // namespace wideline::delivery
