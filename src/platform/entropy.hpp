// Random bytes from the operating system.
#pragma once

#include <cstddef>

namespace wideline::platform {

/// Fills `bytes` at `to`. Never blocks once the system is up; falls back to clocks and addresses where there is no
/// source.
void fill_random(void* to, std::size_t bytes) noexcept;

}  // namespace wideline::platform
