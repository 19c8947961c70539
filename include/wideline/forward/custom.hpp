// Delivery to a backend of your own: derive from wl::Backend, and say how one is made.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <wideline/forward.hpp>

namespace wideline::forward {

struct Custom {
    std::string name = {};  ///< "custom" if it is empty.
    /// Makes a connection; called by the route's threads. If it throws, the route is held and it is called again.
    std::function<std::unique_ptr<Backend>()> connect = {};
    std::vector<std::string> omit = {};  ///< Keys that are not sent; a `*` at the end stands for any rest.
    Limits limits = {};
};

/// Throws std::invalid_argument if `connect` is empty.
[[nodiscard]] WIDELINE_EXPORT TargetPtr custom(Custom options);

}  // namespace wideline::forward
