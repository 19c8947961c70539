#include "journal/frame_pair.hpp"

#include <utility>
#include <variant>

#include "journal/little_endian.hpp"

namespace wideline::journal_files {

std::string text_of_pair(FrameIndex index, std::string_view data_frame) {
    index.compressed_bytes = data_frame.size();
    index.hash = hash_of(data_frame);
    std::string text;
    append_index_frame(text, index);
    text += data_frame;
    return text;
}

std::optional<FramePair> pair_of_text(std::string_view text) {
    if (text.size() < kSkippableHeaderBytes) return std::nullopt;
    const auto magic = little_endian_at<std::uint32_t>(text, 0);
    const auto length = little_endian_at<std::uint32_t>(text, 4);
    if (magic != kIndexMagic || length > text.size() - kSkippableHeaderBytes) return std::nullopt;
    auto decoded = decode_index(text.substr(kSkippableHeaderBytes, length));
    auto* const index = std::get_if<FrameIndex>(&decoded);
    const std::string_view data_frame = text.substr(kSkippableHeaderBytes + length);
    if (index == nullptr || index->hash != hash_of(data_frame)) return std::nullopt;
    return FramePair{std::move(*index), data_frame};
}

}  // namespace wideline::journal_files
