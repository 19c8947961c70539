#include "journal/index_walk.hpp"

#include <string>
#include <variant>

#include "journal/little_endian.hpp"

namespace wideline::journal_files {
namespace {

using platform::Result;

/// No index is so long; a length that says so is no index's.
constexpr std::size_t kLongestIndex = std::size_t{16} << 20;

/// False where the file ends first.
Result<bool> read_whole(platform::File& file, std::string& into, std::size_t bytes) {
    into.resize(bytes);
    for (std::size_t at = 0; at < bytes;) {
        const auto got = file.read(std::span(into).subspan(at));
        if (!got.ok()) return got.failure();
        if (got.value() == 0) return false;
        at += got.value();
    }
    return true;
}

Result<bool> skip_whole(platform::File& file, std::uint64_t bytes) {
    const auto skipped = file.skip(bytes);
    if (!skipped.ok()) return skipped.failure();
    return skipped.value() == bytes;
}

/// Reads one skippable frame, with the data frame that it is the index of. False where the walk ends.
Result<bool> step(platform::File& file, std::string& bytes, const std::function<void(const FrameIndex&)>& visit) {
    auto whole = read_whole(file, bytes, kSkippableHeaderBytes);
    if (!whole.ok() || !whole.value()) return whole;
    const auto magic = little_endian_at<std::uint32_t>(bytes, 0);
    const auto length = little_endian_at<std::uint32_t>(bytes, 4);
    if (magic != kIndexMagic || length > kLongestIndex) {
        if ((magic & kSkippableMask) != kSkippableMagic) return false;
        return skip_whole(file, length);
    }
    whole = read_whole(file, bytes, length);
    if (!whole.ok() || !whole.value()) return whole;
    const auto decoded = decode_index(bytes);
    const auto* const index = std::get_if<FrameIndex>(&decoded);
    if (index == nullptr) return false;
    whole = skip_whole(file, index->compressed_bytes);
    if (!whole.ok() || !whole.value()) return whole;
    visit(*index);
    return true;
}

}  // namespace

platform::Status walk_indexes(platform::File& file, const std::function<void(const FrameIndex&)>& visit) {
    std::string bytes;
    for (;;) {
        const auto more = step(file, bytes, visit);
        if (!more.ok()) return more.failure();
        if (!more.value()) return {};
    }
}

}  // namespace wideline::journal_files
