#include "read/byte_window.hpp"

#include <algorithm>

namespace wideline::read {
namespace {

constexpr std::size_t kLeastRead = std::size_t{256} << 10;
/// After a jump, what lies ahead may be one index and another jump: a frame of 1 MiB has one of some 8 KiB.
constexpr std::size_t kReadAfterJump = std::size_t{12} << 10;

}  // namespace

ByteWindow::ByteWindow(std::unique_ptr<platform::File> file, std::uint64_t position)
    : file_(std::move(file)), step_(kReadAfterJump), position_(position) {}

std::string_view ByteWindow::peek(std::size_t wanted) {
    while (end_ - begin_ < wanted && !ended_) {
        if (begin_ + wanted + kReadableBehind > buffer_.size() || buffer_.size() - end_ < kLeastRead / 2) {
            const auto data = buffer_.begin();
            std::copy(data + static_cast<std::ptrdiff_t>(begin_), data + static_cast<std::ptrdiff_t>(end_), data);
            end_ -= begin_;
            begin_ = 0;
            if (buffer_.size() < wanted + kLeastRead) buffer_.resize(wanted + kLeastRead + kReadableBehind);
        }
        const std::size_t room = buffer_.size() - kReadableBehind - end_;
        const std::size_t step = std::min(room, std::max(step_, begin_ + wanted - end_));
        step_ = std::min(step_ * 2, buffer_.size());
        const auto got = file_->read(std::span(buffer_).subspan(end_, step));
        if (!got.ok()) failure_ = got.failure();
        ended_ = !got.ok() || got.value() == 0;
        if (!got.ok()) break;
        end_ += got.value();
        count(got.value());
    }
    return {buffer_.data() + begin_, end_ - begin_};
}

void ByteWindow::consume(std::uint64_t bytes) {
    const std::uint64_t held = std::min<std::uint64_t>(bytes, end_ - begin_);
    begin_ += static_cast<std::size_t>(held);
    position_ += held;
    if (held == bytes || ended_) return;
    step_ = kReadAfterJump;
    const auto skipped = file_->skip(bytes - held);
    if (!skipped.ok()) failure_ = skipped.failure();
    if (skipped.ok()) {
        position_ += skipped.value();
        count(skipped.value());
    }
    ended_ = !skipped.ok() || skipped.value() < bytes - held;
}

bool ByteWindow::go_back(std::uint64_t position) {
    const std::uint64_t back = position_ + (end_ - begin_) - position;
    if (failure_ || !file_->go_back(back).ok()) return false;
    begin_ = end_ = 0;
    position_ = position;
    ended_ = false;
    came_ -= back;
    if (counter_ != nullptr) counter_->fetch_sub(back, std::memory_order_relaxed);
    return true;
}

void ByteWindow::count_into(std::atomic<std::uint64_t>& counter) noexcept {
    counter_ = &counter;
    counter.fetch_add(came_, std::memory_order_relaxed);
}

void ByteWindow::count(std::uint64_t bytes) noexcept {
    came_ += bytes;
    if (counter_ != nullptr) counter_->fetch_add(bytes, std::memory_order_relaxed);
}

}  // namespace wideline::read
