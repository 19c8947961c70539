// The events of one frame that a search asks for.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "read/line_filter.hpp"
#include "read/loss_correction.hpp"
#include "read/match.hpp"
#include "read/selection.hpp"

struct ZSTD_DCtx_s;

namespace wideline::read {

/// One thread at a time; the Match outlives it.
class FrameSearch {
public:
    FrameSearch(const Match& match, const Selection::Bounds& bounds);
    ~FrameSearch();
    FrameSearch(const FrameSearch&) = delete;
    FrameSearch& operator=(const FrameSearch&) = delete;

    /// Appends the lines that match, whole, and counts them. kReadableBehind bytes behind `lines` are readable.
    /// `wanted` is what the selection said of their frame.
    void search(std::string_view lines, Share wanted, std::string& found, std::uint64_t& count);
    /// The same, in a frame of which something was lost: appends as well, for each line, how many times its weight it
    /// stands for.
    void search(std::string_view lines, std::span<const LostEvents> lost, Share wanted, std::string& found,
                std::vector<double>& factors);
    /// How many lines since the last call matched, but have no time that the selection needs.
    [[nodiscard]] std::uint64_t take_without_time() noexcept {
        return selection_.without_time() - std::exchange(taken_without_time_, selection_.without_time());
    }
    /// The lines of a data frame of `content_bytes`, which its index vouches for: its hash was compared, so that the
    /// frame's own checksum is not. Nothing where it does not decompress to that. Valid until the next call.
    [[nodiscard]] std::optional<std::string_view> decompress(std::string_view frame, std::size_t content_bytes);

private:
    template <class Take>
    void for_each(std::string_view lines, Share wanted, Take take);

    LineFilter filter_;
    Matcher matcher_;
    Selection selection_;
    LossCorrection correction_;
    std::uint64_t taken_without_time_ = 0;
    ZSTD_DCtx_s* decoder_;
    std::vector<char> decoded_;
};

}  // namespace wideline::read
