// SIGINT, SIGTERM and SIGHUP as answers of a function, for verbs that run until they are ended.
#pragma once

#include <csignal>
#include <ctime>

#include <chrono>

namespace wideline::cli {

/// These signals come to who waits for them, and to no thread that is begun from here on.
inline sigset_t block_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return signals;
}

/// The signal that came within a time; 0 if none did.
inline int signal_within(const sigset_t& signals, std::chrono::milliseconds time) {
    const timespec left{time.count() / 1000, time.count() % 1000 * 1'000'000};
    const int signal = sigtimedwait(&signals, nullptr, &left);
    return signal < 0 ? 0 : signal;
}

}  // namespace wideline::cli
