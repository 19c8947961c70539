// What is at the other end of standard output.
#pragma once

#include <cstddef>

namespace wideline::platform {

[[nodiscard]] bool stdout_is_terminal() noexcept;
/// A terminal, NO_COLOR is not set, and TERM is not "dumb". https://no-color.org
[[nodiscard]] bool stdout_takes_colour() noexcept;

/// How wide it is; 0 where it is no terminal.
[[nodiscard]] std::size_t stdout_columns() noexcept;
[[nodiscard]] bool stdin_is_terminal() noexcept;
[[nodiscard]] bool stderr_is_terminal() noexcept;

}  // namespace wideline::platform
