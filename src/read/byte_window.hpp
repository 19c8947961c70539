// A window that moves forward over a file or a pipe: a reader looks at the bytes ahead, then consumes them.
//
// Files are read, not mapped: a mapped file that another process truncates kills the reader with SIGBUS, and compressed
// bytes are so few that copying them costs a hundredth of decompressing them.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "platform/file_system.hpp"

namespace wideline::read {

/// How many bytes after what a reader hands out can be read (not used): whole blocks are loaded at once.
inline constexpr std::size_t kReadableBehind = 64;

class ByteWindow {
public:
    /// Of a file that stands at byte `position`.
    explicit ByteWindow(std::unique_ptr<platform::File> file, std::uint64_t position = 0);

    /// Bytes from position() on: at least `wanted`, and fewer only where the input ends, or where it cannot be read
    /// further (failure()). Valid until the next call of anything here; kReadableBehind bytes behind them may be read.
    [[nodiscard]] std::string_view peek(std::size_t wanted);
    /// Moves on, to the end of the input at most. What lies beyond the window is not read where the input can seek.
    void consume(std::uint64_t bytes);
    /// Back to `position`, which was consumed, to read from there what is in the file by now. False where that cannot
    /// be done.
    bool go_back(std::uint64_t position);
    /// Gives the file back, where it stands at the byte of go_back; nothing else may be called then.
    [[nodiscard]] std::unique_ptr<platform::File> release() noexcept { return std::move(file_); }
    [[nodiscard]] platform::File& file() noexcept { return *file_; }
    /// Counts into `counter`, which outlives this, what has come from the file, and what will.
    void count_into(std::atomic<std::uint64_t>& counter) noexcept;

    /// Bytes consumed so far: the offset in the file of what peek shows.
    [[nodiscard]] std::uint64_t position() const noexcept { return position_; }
    [[nodiscard]] const std::optional<platform::Failure>& failure() const noexcept { return failure_; }

private:
    void count(std::uint64_t bytes) noexcept;

    std::unique_ptr<platform::File> file_;
    std::vector<char> buffer_;
    std::size_t step_;  // To read at once: small after a jump, and more from read to read.
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::uint64_t position_ = 0;
    std::uint64_t came_ = 0;  // Bytes from the file, read or skipped.
    std::atomic<std::uint64_t>* counter_ = nullptr;
    bool ended_ = false;
    std::optional<platform::Failure> failure_;
};

}  // namespace wideline::read
