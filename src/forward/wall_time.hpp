// Times of day as files and people have them.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

#include "encoding/json_time.hpp"

namespace wideline::delivery {

/// "2026-11-23T22:01:02.123456Z".
[[nodiscard]] inline std::string rfc3339(std::chrono::sys_time<std::chrono::microseconds> time) {
    std::array<char, json_text::kTimeBound> text{};
    const std::int64_t us =
        std::clamp<std::int64_t>(time.time_since_epoch().count(), json_text::kFirstTime, json_text::kLastTime);
    const char* const end = json_text::write_time(text.data(), us);
    return std::string(text.data() + 1, static_cast<std::size_t>(end - text.data()) - 2);
}

}  // namespace wideline::delivery
