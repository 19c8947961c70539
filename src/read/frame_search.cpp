#define ZSTD_STATIC_LINKING_ONLY  // ZSTD_d_forceIgnoreChecksum
#include "read/frame_search.hpp"

#include <zstd.h>

#include <new>

#include "read/byte_window.hpp"

namespace wideline::read {

FrameSearch::FrameSearch(const Match& match, const Selection::Bounds& bounds)
    : filter_(match), matcher_(match), selection_(bounds), decoder_(ZSTD_createDCtx()) {
    if (decoder_ == nullptr) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(decoder_, ZSTD_d_forceIgnoreChecksum, ZSTD_d_ignoreChecksum);
}

FrameSearch::~FrameSearch() { ZSTD_freeDCtx(decoder_); }

template <class Take>
void FrameSearch::for_each(std::string_view lines, Share wanted, Take take) {
    filter_.begin();
    while (!lines.empty()) {
        const std::string_view line = filter_.next(lines);
        if (line.empty()) return;
        lines.remove_prefix(static_cast<std::size_t>(line.data() - lines.data()) + line.size());
        if (!matcher_.matches(line)) continue;
        if (wanted != Share::all && !selection_.takes(line).value_or(false)) continue;
        take(line);
    }
}

void FrameSearch::search(std::string_view lines, Share wanted, std::string& found, std::uint64_t& count) {
    for_each(lines, wanted, [&](std::string_view line) {
        found += line;
        if (!line.ends_with('\n')) found += '\n';
        ++count;
    });
}

void FrameSearch::search(std::string_view lines, std::span<const LostEvents> lost, Share wanted, std::string& found,
                         std::vector<double>& factors) {
    correction_.begin(lost, lines);
    for_each(lines, wanted, [&](std::string_view line) {
        found += line;
        if (!line.ends_with('\n')) found += '\n';
        factors.push_back(correction_.factor_of(line));
    });
}

std::optional<std::string_view> FrameSearch::decompress(std::string_view frame, std::size_t content_bytes) {
    if (decoded_.size() < content_bytes + kReadableBehind) decoded_.resize(content_bytes + kReadableBehind);
    const std::size_t got = ZSTD_decompressDCtx(decoder_, decoded_.data(), content_bytes, frame.data(), frame.size());
    if (ZSTD_isError(got) != 0 || got != content_bytes) return std::nullopt;
    return std::string_view(decoded_.data(), got);
}

}  // namespace wideline::read
