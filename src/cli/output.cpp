#include "cli/output.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "cli/progress.hpp"
#include "platform/terminal.hpp"

namespace wideline::cli {
namespace {

constexpr std::size_t kGathered = std::size_t{64} << 10;

}  // namespace

void Output::write(std::string_view bytes) {
    if (bytes.size() >= kGathered) {
        flush();
        write_through(bytes);
        return;
    }
    waiting_ += bytes;
    if (waiting_.size() >= kGathered) flush();
}

void Output::flush() {
    write_through(waiting_);
    waiting_.clear();
}

bool Output::is_closed() {
    pollfd output{STDOUT_FILENO, 0, 0};
    return ::poll(&output, 1, 0) == 1 && (output.revents & (POLLERR | POLLHUP)) != 0;
}

void Output::write_through(std::string_view bytes) {
    if (bytes.empty()) return;
    using For = Progress::Pause::For;
    const Progress::Pause pause(platform::stdout_is_terminal() ? For::shown_output : For::unshown_output);
    while (!bytes.empty()) {
        const ssize_t written = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR) continue;
            if (errno == EPIPE) throw ClosedPipe{};
            throw std::system_error(errno, std::generic_category(), "cannot write the output");
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace wideline::cli
