// What of wideline is visible outside the shared library: everything else is hidden.
#pragma once

#if defined(_WIN32)
#error "wideline runs on Linux and macOS"
#endif

#define WIDELINE_EXPORT [[gnu::visibility("default")]]
