#include "platform/terminal.hpp"

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

}  // namespace wideline::platform
