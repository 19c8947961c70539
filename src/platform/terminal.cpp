#include "platform/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace wideline::platform {
namespace {

std::size_t columns_of(int descriptor) noexcept {
    constexpr std::size_t kUsual = 80;
    if (::isatty(descriptor) != 1) return 0;
    winsize size{};
    return ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col != 0 ? size.ws_col : kUsual;
}

}  // namespace

bool stdout_is_terminal() noexcept { return ::isatty(STDOUT_FILENO) == 1; }

bool stdout_takes_colour() noexcept {
    const char* const no_colour = std::getenv("NO_COLOR");
    const char* const terminal = std::getenv("TERM");
    if (no_colour != nullptr && *no_colour != '\0') return false;
    return stdout_is_terminal() && (terminal == nullptr || std::string_view(terminal) != "dumb");
}

std::size_t stdout_columns() noexcept { return columns_of(STDOUT_FILENO); }

bool stdin_is_terminal() noexcept { return ::isatty(STDIN_FILENO) == 1; }

bool stderr_is_terminal() noexcept { return ::isatty(STDERR_FILENO) == 1; }

std::size_t stderr_columns() noexcept { return columns_of(STDERR_FILENO); }

bool in_foreground_of_stderr() noexcept {
    const pid_t group = ::tcgetpgrp(STDERR_FILENO);
    return group < 0 || group == ::getpgrp();  // Negative of a terminal that controls another session.
}

}  // namespace wideline::platform
