// A frame with its index as one text, as it will be in a segment: for a frame that waits.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "journal/frame_index.hpp"

namespace wideline::journal_files {

[[nodiscard]] std::string text_of_pair(FrameIndex index, std::string_view data_frame);

struct FramePair {
    FrameIndex index;
    std::string_view data_frame;  ///< Of the text that it was read from.
};
/// Any bytes may come in; nothing if they are not a whole pair.
[[nodiscard]] std::optional<FramePair> pair_of_text(std::string_view text);

}  // namespace wideline::journal_files
