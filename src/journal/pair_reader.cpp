#include "journal/pair_reader.hpp"

#include <algorithm>
#include <utility>

#include "journal/little_endian.hpp"
#include "journal/seek_table.hpp"

namespace wideline::journal_files {
namespace {

constexpr std::size_t kReadStep = std::size_t{256} << 10;
constexpr std::size_t kMostIndex = std::size_t{16} << 20;

}  // namespace

std::optional<StoredPair> PairReader::next() {
    if (!good_ || ended_) return std::nullopt;
    good_ = false;  // Until it is seen to be.
    return read_pair();
}

std::optional<StoredPair> PairReader::read_pair() {
    const std::string_view head = take(kSkippableHeaderBytes);
    if (head.size() < kSkippableHeaderBytes) return std::nullopt;
    const auto magic = little_endian_at<std::uint32_t>(head, 0);
    const auto length = little_endian_at<std::uint32_t>(head, 4);
    if (magic == kSeekTableMagic) {
        good_ = ended_ = take(length).size() == length;
        return std::nullopt;
    }
    if (magic != kIndexMagic || length > kMostIndex) return std::nullopt;
    auto decoded = decode_index(take(length));
    auto* const index = std::get_if<FrameIndex>(&decoded);
    if (index == nullptr) return std::nullopt;

    StoredPair pair{std::move(*index), {}};
    // 32 bits by the writer's promise, and not believed beyond what the hash confirms.
    if (pair.index.compressed_bytes > 0xFFFFFFFF) return std::nullopt;
    pair.data_frame = take(static_cast<std::size_t>(pair.index.compressed_bytes));
    if (hash_of(pair.data_frame) != pair.index.hash) return std::nullopt;
    good_ = true;
    return pair;
}

bool PairReader::in_place() {
    const auto state = file_->state();
    return state.ok() && state.value().in_place;
}

std::string_view PairReader::take(std::size_t bytes) {
    while (buffer_.size() - at_ < bytes) {
        buffer_.erase(0, std::exchange(at_, 0));
        const std::size_t held = buffer_.size();
        buffer_.resize(held + kReadStep);
        const auto got = file_->read(std::span(buffer_).subspan(held));
        buffer_.resize(held + (got.ok() ? got.value() : 0));
        if (!got.ok() || got.value() == 0) break;
    }
    const std::size_t taken = std::min(bytes, buffer_.size() - at_);
    at_ += taken;
    return std::string_view(buffer_).substr(at_ - taken, taken);
}

}  // namespace wideline::journal_files
