#include "cli/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <mutex>
#include <utility>
#include <vector>

#include "cli/table.hpp"
#include "platform/terminal.hpp"

namespace wideline::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kQuickWork = 1s;
constexpr auto kBetweenLines = 150ms;
/// The speed is that of the last seconds: of a search, frames that are skipped and frames that are read take turns.
constexpr auto kMeasured = 5s;
constexpr double kLongestTold = 100 * 3600;  // Seconds that are left; beyond, nobody believes them.

/// Of what is written to the terminal, and of `shown`.
std::mutex terminal;
Progress* shown = nullptr;
/// Counted when one begins and when it ends, so it is odd meanwhile. Not under the mutex: who writes one piece after
/// the other would hold it nearly always.
std::atomic<std::uint64_t> unshown_writes{0};

void put(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stderr); }

std::string time_left(double seconds) {
    const auto left = static_cast<std::int64_t>(seconds + 0.5);
    if (left < 3600) return fmt::format("{}:{:02} left", left / 60, left % 60);
    return fmt::format("{}:{:02}:{:02} left", left / 3600, left / 60 % 60, left % 60);
}

}  // namespace

Progress::Progress(const std::atomic<std::uint64_t>& bytes_read, All all)
    : bytes_read_(bytes_read), before_(bytes_read.load(std::memory_order_relaxed)), all_(std::move(all)) {
    if (!platform::stderr_is_terminal()) return;
    samples_.push_back({Clock::now(), before_});
    const std::lock_guard lock(terminal);
    shown = this;
    thread_ = std::thread([this] { run(); });
}

Progress::~Progress() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(terminal);
        over_ = true;
        clear();
        shown = nullptr;
        ended_.notify_all();
    }
    thread_.join();
}

void Progress::run() {
    std::unique_lock lock(terminal);
    if (ended_.wait_for(lock, kQuickWork - kBetweenLines, [this] { return over_; })) return;
    (void)waits_for_reader();
    lock.unlock();
    all_bytes_ = all_();
    lock.lock();
    while (!ended_.wait_for(lock, kBetweenLines, [this] { return over_; }))
        if (!waits_for_reader()) draw();
}

/// Whether nothing goes on because nobody takes the output: a pager that shows its first page has the terminal now.
bool Progress::waits_for_reader() {
    const std::uint64_t before = std::exchange(unshown_writes_, unshown_writes.load(std::memory_order_relaxed));
    return unshown_writes_ % 2 != 0 && unshown_writes_ == before;
}

void Progress::draw() {
    if (!platform::in_foreground_of_stderr()) return;
    const std::string text = line(platform::stderr_columns());
    // Without control sequences, which a terminal need not know: blanks over what was longer.
    const std::string blanks(drawn_ > text.size() ? drawn_ - text.size() : 0, ' ');
    put("\r" + text + blanks);
    drawn_ = text.size();
}

void Progress::clear() {
    if (drawn_ != 0) put("\r" + std::string(drawn_, ' ') + "\r");
    drawn_ = 0;
}

/// As many of its parts as fit. The last column stays free, for some terminals go on to the next line there.
std::string Progress::line(std::size_t width) {
    const Sample now{Clock::now(), bytes_read_.load(std::memory_order_relaxed)};
    samples_.push_back(now);
    while (samples_.size() > 2 && now.time - samples_[1].time >= kMeasured) samples_.pop_front();
    const double seconds = std::chrono::duration<double>(now.time - samples_.front().time).count();
    const double speed = static_cast<double>(now.bytes - samples_.front().bytes) / std::max(seconds, 1e-3);
    const auto done = static_cast<double>(now.bytes - before_);

    std::vector<std::string> parts;
    if (all_bytes_ && *all_bytes_ != 0) {
        const double all = std::max(done, static_cast<double>(*all_bytes_));  // Files grow while they are read.
        parts = {size_text(done) + " / " + size_text(all), fmt::format("{:.0f} %", std::floor(100 * done / all)),
                 size_text(speed) + "/s"};
        if (speed > 0 && (all - done) / speed < kLongestTold) parts.push_back(time_left((all - done) / speed));
    } else {
        parts = {size_text(done), size_text(speed) + "/s"};
    }
    if (const char* const words = remark_.load(std::memory_order_relaxed)) parts.emplace_back(words);

    std::string text;
    for (const std::string& part : parts) {
        const std::string gap = text.empty() ? "" : "   ";
        if (text.size() + gap.size() + part.size() >= width) break;
        text += gap + part;
    }
    return text;
}

Progress::Pause::Pause(For what) : what_(what) {
    if (what == For::unshown_output) {
        unshown_writes.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    terminal.lock();
    if (shown == nullptr) return;
    shown->clear();
    if (what != For::shown_output) return;
    shown->over_ = true;
    shown->ended_.notify_all();
}

Progress::Pause::~Pause() {
    if (what_ == For::unshown_output)
        unshown_writes.fetch_add(1, std::memory_order_relaxed);
    else
        terminal.unlock();
}

}  // namespace wideline::cli
