#include "read/frame_finder.hpp"

#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <variant>

#include "journal/little_endian.hpp"
#include "journal/seek_table.hpp"

namespace wideline::read {
namespace {

using journal_files::kDataMagic;
using journal_files::kIndexMagic;
using journal_files::kSeekTableMagic;
using journal_files::kSkippableHeaderBytes;
using journal_files::little_endian_at;

/// Where in `bytes` the magic number of a data frame, an index or a seek table begins; npos where none does.
std::size_t find_magic(std::string_view bytes) {
    for (std::size_t at = 0; at + kMagicBytes <= bytes.size(); ++at) {
        const char first = bytes[at];
        if (first != '\x28' && first != '\x57' && first != '\x5E') continue;
        const auto magic = little_endian_at<std::uint32_t>(bytes, at);
        if (magic == kDataMagic || magic == kIndexMagic || magic == kSeekTableMagic) return at;
    }
    return std::string_view::npos;
}

}  // namespace

bool is_skippable(std::uint32_t magic) noexcept {
    return (magic & journal_files::kSkippableMask) == journal_files::kSkippableMagic;
}

bool is_frame(std::uint32_t magic) noexcept { return magic == kDataMagic || is_skippable(magic); }

std::string_view FrameFinder::data_frame(std::uint64_t likely_bytes) {
    const std::size_t first_guess =
        likely_bytes < kMostHeldFrame ? static_cast<std::size_t>(likely_bytes) : kSearchStep;
    for (std::size_t wanted = std::max(first_guess, kMagicBytes);; wanted = std::min(wanted * 2, kMostHeldFrame)) {
        const std::string_view ahead = window_.peek(wanted);
        const std::size_t bytes = ZSTD_findFrameCompressedSize(ahead.data(), ahead.size());
        if (ZSTD_isError(bytes) == 0) return ahead.substr(0, bytes);
        const bool cut = ZSTD_getErrorCode(bytes) == ZSTD_error_srcSize_wrong;
        if (!cut || ahead.size() < wanted || wanted >= kMostHeldFrame) return {};
    }
}

bool FrameFinder::at_whole_frame(std::uint64_t likely_bytes) {
    const std::string_view head = window_.peek(kSkippableHeaderBytes);
    if (head.size() < kSkippableHeaderBytes) return false;
    const auto magic = little_endian_at<std::uint32_t>(head, 0);
    if (magic == kDataMagic) {
        const std::string_view frame = data_frame(likely_bytes);
        if (frame.empty()) return false;
        const auto content = ZSTD_getFrameContentSize(frame.data(), frame.size());
        if (content > kMostHeldContent) return false;  // The two error values are greater too.
        if (trial_.size() < content + 1) trial_.resize(static_cast<std::size_t>(content) + 1);
        return ZSTD_isError(ZSTD_decompressDCtx(decoder_, trial_.data(), trial_.size(), frame.data(), frame.size())) ==
               0;
    }
    const std::uint64_t total = kSkippableHeaderBytes + std::uint64_t{little_endian_at<std::uint32_t>(head, 4)};
    if (total > kMostSkippable) return false;
    const std::string_view bytes = window_.peek(static_cast<std::size_t>(total));
    if (bytes.size() < total) return false;
    const std::string_view payload = bytes.substr(kSkippableHeaderBytes, total - kSkippableHeaderBytes);
    if (magic == kSeekTableMagic) return journal_files::decode_seek_table(payload).has_value();
    return magic == kIndexMagic &&
           std::holds_alternative<journal_files::FrameIndex>(journal_files::decode_index(payload));
}

bool FrameFinder::boundary_at(std::uint64_t bytes_ahead) {
    const auto ahead = static_cast<std::size_t>(bytes_ahead);
    const std::string_view bytes = window_.peek(ahead + kMagicBytes);
    if (bytes.size() < ahead) return false;
    const std::string_view after = bytes.substr(ahead);
    return after.size() < kMagicBytes || is_frame(little_endian_at<std::uint32_t>(after, 0));
}

void FrameFinder::go_to_next() {
    window_.consume(1);
    for (;;) {
        const std::string_view ahead = window_.peek(kSearchStep);
        const std::size_t at = find_magic(ahead);
        if (at == std::string_view::npos) {
            const bool last = ahead.size() < kSearchStep;
            window_.consume(last ? ahead.size() : ahead.size() - (kMagicBytes - 1));
            if (last) break;
            continue;
        }
        window_.consume(at);
        if (at_whole_frame()) break;
        window_.consume(1);
    }
}

}  // namespace wideline::read
