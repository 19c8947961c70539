#include "platform/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace wideline::platform {

bool stdout_is_terminal() noexcept { return ::isatty(STDOUT_FILENO) == 1; }

bool stdout_takes_colour() noexcept {
    const char* const no_colour = std::getenv("NO_COLOR");
    const char* const terminal = std::getenv("TERM");
    if (no_colour != nullptr && *no_colour != '\0') return false;
    return stdout_is_terminal() && (terminal == nullptr || std::string_view(terminal) != "dumb");
}

std::size_t stdout_columns() noexcept {
    constexpr std::size_t kUsual = 80;
    if (!stdout_is_terminal()) return 0;
    winsize size{};
    return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0 ? size.ws_col : kUsual;
}

bool stdin_is_terminal() noexcept { return ::isatty(STDIN_FILENO) == 1; }

bool stderr_is_terminal() noexcept { return ::isatty(STDERR_FILENO) == 1; }

}  // namespace wideline::platform
