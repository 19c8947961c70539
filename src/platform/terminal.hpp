// What is at the other end of the standard streams.
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
/// How wide it is; 0 where it is no terminal.
[[nodiscard]] std::size_t stderr_columns() noexcept;
/// Whether a person at the terminal that standard error is has this process before him: not after `&`.
[[nodiscard]] bool in_foreground_of_stderr() noexcept;

}  // namespace wideline::platform
