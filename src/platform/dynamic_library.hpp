// Libraries that are found while the program runs.
#pragma once

#include <string>

namespace wideline::platform {

/// Null where it cannot be loaded. A name without a slash is looked for where the system looks. Never unloaded.
[[nodiscard]] void* open_library(const std::string& path) noexcept;
/// Why the last open_library() of this thread failed.
[[nodiscard]] std::string library_error();
/// Null where the library has no such function.
[[nodiscard]] void* symbol_of(void* library, const char* name) noexcept;

/// The directory that the running program lies in; empty where the system does not say.
[[nodiscard]] std::string program_directory();

}  // namespace wideline::platform
