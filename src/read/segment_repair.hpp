// Makes a segment whole again that a crash or a disk has damaged: what cannot be read is left out, indexes that are
// missing are made anew, and the segment is closed by its seek table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/file_system.hpp"

namespace wideline::read {

struct Repair {
    /// Bytes that were left out, by their place in the file as it was.
    struct Cut {
        std::uint64_t offset = 0;
        std::uint64_t bytes = 0;
        std::string reason;  ///< A sentence without its full stop.
    };

    bool changed = false;  ///< Whether the file was written anew; not where it was whole and closed.
    std::uint64_t frames = 0;
    std::uint64_t rebuilt_indexes = 0;  ///< Of frames that had none; what was sampled away before them is not known.
    std::vector<Cut> cuts;
};

/// Every whole frame stays as it is, byte for byte, and in its place in the order; so do skippable frames of other
/// programs and indexes of a later version. The new file is synced and renamed over the old one, so that a process that
/// dies here leaves one of them, and a second repair finds nothing to do.
///
/// Fails, and changes nothing, where the file cannot be read or written; where another process is writing it; and where
/// it is none of wideline's: plain lines, or frames too large to hold.
[[nodiscard]] platform::Result<Repair> repair_segment(const std::string& path, platform::FileSystem& files);

}  // namespace wideline::read
