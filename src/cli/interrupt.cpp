#include "cli/interrupt.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace wideline::cli {
namespace {

query::Database* running = nullptr;
int presses[2] = {-1, -1};  // A byte for each; neither end blocks.
struct sigaction before;

void on_signal(int) {
    const int error = errno;
    running->interrupt();
    (void)!::write(presses[1], "", 1);  // Where it is full, enough is known.
    errno = error;
}

}  // namespace

Interrupt::Interrupt(query::Database& database) {
    if (::pipe(presses) != 0) throw std::system_error(errno, std::generic_category(), "cannot make a pipe");
    for (const int end : presses) {
        ::fcntl(end, F_SETFL, O_NONBLOCK);
        ::fcntl(end, F_SETFD, FD_CLOEXEC);
    }
    running = &database;
    struct sigaction action {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGINT, &action, &before);
}

Interrupt::~Interrupt() {
    ::sigaction(SIGINT, &before, nullptr);
    for (const int end : presses) ::close(end);
}

bool Interrupt::line_comes() noexcept {
    pollfd ready[2] = {{STDIN_FILENO, POLLIN, 0}, {presses[0], POLLIN, 0}};
    while (::poll(ready, 2, -1) < 0 && errno == EINTR) continue;
    return ready[1].revents == 0;
}

bool Interrupt::taken() noexcept {
    bool any = false;
    for (char pressed[16]; ::read(presses[0], pressed, sizeof pressed) > 0;) any = true;
    return any;
}

}  // namespace wideline::cli
