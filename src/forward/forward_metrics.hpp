// What routes have done, as Prometheus' text format.
#pragma once

#include <string>

#include <wideline/forward.hpp>

namespace wideline::delivery {

[[nodiscard]] std::string metrics_text(const ForwardStats& stats);

}  // namespace wideline::delivery
