#include "cli/interrupt.hpp"

#include <csignal>

#include <signal.h>

namespace wideline::cli {
namespace {

query::Database* running = nullptr;
volatile std::sig_atomic_t pressed = 0;
struct sigaction before;

void on_signal(int) {
    pressed = 1;
    running->interrupt();
}

}  // namespace

Interrupt::Interrupt(query::Database& database) {
    running = &database;
    struct sigaction action {};
    action.sa_handler = on_signal;  // Without SA_RESTART: a read that waits for a line ends, too.
    ::sigaction(SIGINT, &action, &before);
}

Interrupt::~Interrupt() { ::sigaction(SIGINT, &before, nullptr); }

bool Interrupt::taken() noexcept {
    const bool was = pressed != 0;
    pressed = 0;
    return was;
}

}  // namespace wideline::cli
