// How far a long reading has come, in one line on the terminal that standard error is. Nothing in the first second;
// then it is written over some times a second, and at the end nothing is left of it. There is none where standard error
// is no terminal, where the command is in the background, and once output has come to a terminal: that says enough.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <thread>

namespace wideline::cli {

/// While it lives. One at a time.
class Progress {
public:
    /// How many bytes there are to read; nothing where nobody knows. Another thread asks, once at most.
    using All = std::function<std::optional<std::uint64_t>()>;

    /// `bytes_read` is what others count up, whichever their threads; it outlives this.
    Progress(const std::atomic<std::uint64_t>& bytes_read, All all);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// Words behind the figures, where there is room. They live for ever.
    void remark(const char* words) noexcept { remark_.store(words, std::memory_order_relaxed); }

    /// Whoever writes to standard output or standard error holds one meanwhile, so that no line of progress comes
    /// between. Any thread; may wait for a line of progress to be written.
    class Pause {
    public:
        enum class For {
            sentence,       ///< On standard error: the line makes way, and comes again.
            shown_output,   ///< On a terminal: the line makes way for good.
            unshown_output  ///< Into a pipe or a file: the line stays, but does not write over a pager that waits.
        };
        explicit Pause(For what);
        ~Pause();
        Pause(const Pause&) = delete;
        Pause& operator=(const Pause&) = delete;

    private:
        const For what_;
    };

private:
    using Clock = std::chrono::steady_clock;
    struct Sample {
        Clock::time_point time;
        std::uint64_t bytes;
    };

    void run();
    void draw();
    void clear();
    [[nodiscard]] bool waits_for_reader();
    [[nodiscard]] std::string line(std::size_t width);

    const std::atomic<std::uint64_t>& bytes_read_;
    const std::uint64_t before_;  // Bytes that were read before this.
    std::atomic<const char*> remark_{nullptr};
    std::deque<Sample> samples_;
    std::uint64_t unshown_writes_ = 0;  // When it was looked at last.
    std::optional<std::uint64_t> all_bytes_;
    All all_;

    // Under the mutex of the terminal:
    std::size_t drawn_ = 0;  // Columns of the line that is to be seen.
    bool over_ = false;
    std::condition_variable ended_;
    std::thread thread_;
};

}  // namespace wideline::cli
