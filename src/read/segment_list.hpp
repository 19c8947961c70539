// Which segments a path on the command line means.
#pragma once

#include <string>
#include <vector>

#include "platform/file_system.hpp"

namespace wideline::read {

/// A directory's segments in the order of their start, behind files of other programs (.jsonl and .jsonl.zst) by name;
/// hidden files and directories in it are left out. Any other path, "-" too, is itself.
[[nodiscard]] platform::Result<std::vector<std::string>> segments_at(platform::FileSystem& files,
                                                                     const std::string& path);

/// Whether what it leads to can be read only once: standard input, or a pipe, as a shell's <(…) is.
[[nodiscard]] bool is_read_once(const std::string& path);

}  // namespace wideline::read
