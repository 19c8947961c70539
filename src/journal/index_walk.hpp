// The indexes of a segment, one after the other, without what lies between them.
#pragma once

#include <functional>

#include "journal/frame_index.hpp"
#include "platform/file_system.hpp"

namespace wideline::journal_files {

/// Calls `visit` for each frame that is there as a whole, from where `file` stands: the frames themselves are skipped.
/// Stops at the first one that has no usable index, for where it ends is not known then; any bytes may come in. Fails
/// only where the file cannot be read.
platform::Status walk_indexes(platform::File& file, const std::function<void(const FrameIndex&)>& visit);

}  // namespace wideline::journal_files
