// How many threads a search is worth.
#pragma once

#include <algorithm>
#include <thread>

namespace wideline::platform {

/// As many as the machine has cores, 1 to 16: past that, reading is what lasts.
[[nodiscard]] inline unsigned search_threads() noexcept {
    return std::clamp(std::thread::hardware_concurrency(), 1U, 16U);
}

}  // namespace wideline::platform
