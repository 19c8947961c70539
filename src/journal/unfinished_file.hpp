// A file that becomes another when it is whole, like a segment that a merge writes anew: hidden beside the one that it
// will replace, locked while its process lives, then renamed.
#pragma once

#include <string>

#include "platform/file_system.hpp"

namespace wideline::journal_files {

/// `logs/.a.jsonl.zst.unfinished` for `logs/a.jsonl.zst`.
[[nodiscard]] std::string unfinished_path_of(const std::string& path);

/// Removes those in `directory` whose process is dead. What cannot be removed stays.
void remove_unfinished_files(platform::FileSystem& files, const std::string& directory);

}  // namespace wideline::journal_files
