#include "read/followed_file.hpp"

#include <utility>

namespace wideline::read {

platform::Result<FollowedFile::Change> FollowedFile::look(platform::FileSystem& files, const std::string& path) {
    const auto found = files.target(path);
    if (!found.ok()) return found.failure();
    const auto& [identity, bytes] = found.value();
    const bool replaced = !known_ || identity != identity_ || bytes < read_up_to_;
    const bool grown = bytes != bytes_;
    known_ = true;
    identity_ = identity;
    bytes_ = bytes;
    if (replaced) read_up_to_ = 0;
    return replaced ? Change::replaced : grown ? Change::grown : Change::none;
}

bool FollowedFile::is_still_at(platform::FileSystem& files, const std::string& path) const {
    const auto found = files.target(path);
    return found.ok() && found.value().identity == identity_;
}

}  // namespace wideline::read
