// Metrics as OpenMetrics text 1.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include <wideline/stats.hpp>

#include "pipeline/exemplars.hpp"

namespace wideline::pipeline {

/// Of the requests of one name.
struct NameMetrics {
    std::uint64_t requests = 0;
    std::uint64_t errors = 0;
    std::uint64_t nanoseconds = 0;                                  ///< Of all that are in `durations`.
    std::array<std::uint64_t, kDurationBounds.size()> durations{};  ///< By bound, each request under one.
    ExemplarsOfName exemplars{};

    void add(const NameMetrics& more) noexcept;
};

/// By name; a name is valid UTF-8.
[[nodiscard]] std::string metrics_text(const std::map<std::string, NameMetrics>& names, const Stats& stats);

}  // namespace wideline::pipeline
