// A segment of dead letters that is being written: the journal's own format, for this user's eyes alone.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "journal/segment_writer.hpp"
#include "platform/clock.hpp"
#include "platform/file_system.hpp"
#include "read/rebuilt_index.hpp"

namespace wideline::delivery {

/// One thread at a time.
class LetterSegment {
public:
    /// In `directory`, which is made if it is absent; `service` is what its name begins with.
    static platform::Result<std::unique_ptr<LetterSegment>> create(platform::FileSystem& files, platform::Clock& clock,
                                                                   const std::string& directory,
                                                                   const std::string& service);
    /// Whole lines. The disk has them when it is ok().
    platform::Status append(std::string lines);
    [[nodiscard]] bool usable() { return writer_.usable(); }
    platform::Status close() { return writer_.sync_and_close(); }
    [[nodiscard]] const std::string& path() const noexcept { return writer_.path(); }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return writer_.bytes(); }

private:
    LetterSegment(std::unique_ptr<platform::File> file, std::string path);

    journal_files::SegmentWriter writer_;
    read::IndexRebuilder indexes_;
    std::uint64_t stream_ = 0;
    std::uint64_t sequence_ = 0;
};

/// The segments in a directory that no process writes, oldest first.
[[nodiscard]] std::vector<std::string> closed_segments(platform::FileSystem& files, const std::string& directory);

}  // namespace wideline::delivery
