// Finds bytes in a decompressed frame, faster than the frame was decompressed.
//
// Two of the wanted bytes, the rarest in JSON lines, are compared at 16 places at a time; where both are there, all of
// them are compared. (The idea is Wojciech Muła's, "SIMD-friendly algorithms for substring searching".)
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wideline::read {

/// Immutable; any number of threads.
class Needle {
public:
    /// `bytes` are one at least.
    explicit Needle(std::string bytes);

    /// Where they are first in `text`; npos where they are not.
    [[nodiscard]] std::size_t find(std::string_view text, std::size_t from = 0) const noexcept;
    [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }

private:
    std::string bytes_;
    std::size_t rarest_ = 0;
    std::size_t next_rarest_ = 0;
};

}  // namespace wideline::read
