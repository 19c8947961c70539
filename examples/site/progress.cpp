#include "progress.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "readable.hpp"

namespace site {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kBarWidth = 30;

std::string bar(std::uint64_t done, std::uint64_t total) {
    std::string text;
    for (std::uint64_t cell = 0; cell < kBarWidth; ++cell) text += (cell + 1) * total <= done * kBarWidth ? "█" : "░";
    return text;
}

}  // namespace

Progress::Progress(std::uint64_t total) : total_(total), terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
    if (terminal_) fmt::print(stderr, "\n");
}

void Progress::show(Reached reached) {
    const auto interval = terminal_ ? Clock::duration{100ms} : Clock::duration{5s};
    if (Clock::now() - shown_ < interval) return;
    shown_ = Clock::now();
    draw(reached);
}

void Progress::end(Reached reached) { draw(reached); }

void Progress::draw(Reached reached) const {
    const double seconds = std::chrono::duration<double>{Clock::now() - begin_}.count();
    const double rate = static_cast<double>(reached.requests) / seconds;
    const std::string line = fmt::format("{:3} %  {:>7} requests  {:>6}/s  {:>9}/s", reached.requests * 100 / total_,
                                         grouped(reached.requests), grouped(static_cast<std::uint64_t>(rate)),
                                         readable_bytes(static_cast<double>(reached.bytes) / seconds));
    if (terminal_)
        fmt::print(stderr, "\r  {}  {}\x1b[K", bar(reached.requests, total_), line);
    else
        fmt::print(stderr, "  {}\n", line);
    std::fflush(stderr);
}

}  // namespace site
