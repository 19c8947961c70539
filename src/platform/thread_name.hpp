// The name that `top -H` and debuggers show of a thread.
#pragma once

namespace wideline::platform {

/// Of the calling thread; at most 15 bytes.
void name_this_thread(const char* name) noexcept;

}  // namespace wideline::platform
