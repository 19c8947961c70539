// Where frames begin and end, in bytes of which none is trusted. The magic numbers of frames stand in compressed data
// by chance, so what is searched is believed only where the whole frame is good.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "journal/frame_index.hpp"
#include "read/byte_window.hpp"

struct ZSTD_DCtx_s;

namespace wideline::read {

/// What a file claims beyond these is not allocated.
inline constexpr std::size_t kMostHeldFrame = std::size_t{16} << 20;
inline constexpr std::size_t kMostHeldContent = std::size_t{64} << 20;
inline constexpr std::size_t kMostSkippable = std::size_t{64} << 20;

inline constexpr std::size_t kMagicBytes = 4;
[[nodiscard]] bool is_skippable(std::uint32_t magic) noexcept;
[[nodiscard]] bool is_frame(std::uint32_t magic) noexcept;

/// Looks ahead in a window. The window and the decoder outlive it; the decoder is used by nobody else meanwhile.
class FrameFinder {
public:
    FrameFinder(ByteWindow& window, ZSTD_DCtx_s* decoder) : window_(window), decoder_(decoder) {}

    /// The data frame ahead by its own blocks; empty where it is longer than kMostHeldFrame or not whole.
    /// `likely_bytes` are read at once.
    [[nodiscard]] std::string_view data_frame(std::uint64_t likely_bytes = kSearchStep);
    /// Whether what lies ahead is beyond doubt a frame of a kind that a segment has. What data_frame gave for as many
    /// `likely_bytes` stays valid.
    [[nodiscard]] bool at_whole_frame(std::uint64_t likely_bytes = kSearchStep);
    /// Whether a frame, or the end of the file, follows `bytes_ahead`.
    [[nodiscard]] bool boundary_at(std::uint64_t bytes_ahead);
    /// Moves on, by one byte at least, to the next frame that is good as a whole, or to the end of the file.
    void go_to_next();

private:
    static constexpr std::size_t kSearchStep = std::size_t{256} << 10;

    ByteWindow& window_;
    ZSTD_DCtx_s* decoder_;
    std::vector<char> trial_;
};

}  // namespace wideline::read
