// What is at the other end of standard output.
#pragma once

namespace wideline::platform {

[[nodiscard]] bool stdout_is_terminal() noexcept;
/// A terminal, NO_COLOR is not set, and TERM is not "dumb". https://no-color.org
[[nodiscard]] bool stdout_takes_colour() noexcept;

}  // namespace wideline::platform
