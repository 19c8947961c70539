// Deletes old segments, so that a journal keeps within the limits that it was given.
//
// Only a file that can be read to be counted, and whose lock can be had is deleted: a writer holds the lock of its
// segment until it closes it or ends, so what has none is closed, or its process is dead. Two processes do not delete
// at the same time, for each would make the room that the other makes: the directory's lock is theirs in turn.
//
// Each deletion is said in the index of a later frame, and what a deleted segment said of earlier ones is said again.
// So all that was ever deleted is the sum over the indexes that are there. (A process that ends between deleting and
// the next frame leaves a gap in the sequences, and no count.)
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <wideline/sink.hpp>

#include "journal/frame_index.hpp"
#include "platform/clock.hpp"
#include "platform/file_system.hpp"

namespace wideline::journal_files {

/// `files` and `clock` must outlive it. One thread at a time.
class Retention {
public:
    /// Of `service`, as safe_service_name gives it.
    Retention(std::string directory, std::string service, const JournalOptions& options, platform::FileSystem& files,
              platform::Clock& clock);

    struct Removal {
        RemovedByRetention now;      ///< What was in the files that this call deleted.
        RemovedByRetention to_tell;  ///< The same, and what only those files knew of earlier deletions.
    };
    /// `growth` is how much the segments at hand may still grow. Whatever fails is tried again at the next call.
    [[nodiscard]] Removal keep_within_limits(std::uint64_t growth);

private:
    struct Segment {
        std::string path;
        platform::FileState state;
    };

    [[nodiscard]] std::vector<Segment> oldest_first();
    [[nodiscard]] std::uint64_t missing_free_bytes();
    [[nodiscard]] platform::Clock::WallTime now();
    [[nodiscard]] bool remove(const Segment& segment, Removal& removal);

    std::string directory_;
    std::string service_;
    std::uint64_t bytes_;
    std::chrono::seconds age_;
    std::uint64_t free_bytes_;
    platform::FileSystem& files_;
    platform::Clock& clock_;
    platform::Clock::WallTime began_;
    std::int64_t began_ns_;
};

}  // namespace wideline::journal_files
