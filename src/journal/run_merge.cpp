// How a thousand short runs become a few files
// ============================================
//
// A job that runs each minute leaves a segment each time: a file of a few hundred bytes, in a block of 4 KiB. The next
// start that finds enough of them writes the frames of neighbours, as they are, into one file:
//
//   cron-…-1-0   cron-…-2-0   cron-…-3-0            three runs
//   .cron-…-3-0.jsonl.zst.unfinished                 their frames, synced
//   cron-…-3-0                                       renamed over the last one; then the others are deleted
//
// The last name, because readers go through the names in their order. Who has read the first file already finds it
// again in the last one, and takes each frame once by its stream and sequence. Who has not finds all of them there. For
// the same reason a process that dies before all is deleted does no harm; the next merge leaves out what it has twice.
//
// Only closed and undamaged segments are merged: their locks are held until the others are deleted, so that nobody
// repairs, deletes or merges them meanwhile. A run that is not over, or that is not recovered yet, has a note that
// names its stream: its segments are left alone.
//
// Only neighbours, so that events stay in their order. A merged file that is no longer small is not merged again. So
// what a run leaves is written some times, and not once for each later run.
#include "journal/run_merge.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "journal/kept_arenas.hpp"
#include "journal/pair_reader.hpp"
#include "journal/segment_name.hpp"
#include "journal/segment_writer.hpp"
#include "journal/unfinished_file.hpp"

namespace wideline::journal_files {
namespace {

/// So few small segments are left as they are.
constexpr std::size_t kFewSegments = 8;
/// At once; each is an open file. The next start goes on.
constexpr std::size_t kMostSegments = 128;
constexpr std::uint64_t kSmallSegment = std::uint64_t{128} << 10;
constexpr std::uint64_t kMostMerged = std::uint64_t{512} << 10;

struct Segment {
    std::string path;
    std::unique_ptr<PairReader> reader;  // holds the lock
    std::vector<StoredPair> pairs;
};

struct Limits {
    std::uint64_t small;
    std::uint64_t merged;
    std::int64_t oldest_us;  // an event before this stays in a file of its time, for retention goes by that
};

Limits limits_of(const JournalOptions& options, platform::Clock& clock) {
    Limits limits{kSmallSegment, kMostMerged, INT64_MIN};
    limits.merged = std::min(limits.merged, std::max<std::uint64_t>(options.segment_bytes, 64 << 10));
    limits.small = std::min(limits.small, limits.merged / 4);
    if (options.retain_age.count() != 0) {
        const auto age = std::min<std::chrono::seconds>(options.segment_age, std::chrono::hours(24));
        limits.oldest_us = (clock.wall() - age).time_since_epoch().count();
    }
    return limits;
}

class RunMerge {
public:
    RunMerge(const std::string& directory, platform::FileSystem& files, const Limits& limits)
        : directory_(directory), files_(files), limits_(limits) {}

    std::size_t merge(const std::string& service) {
        const std::vector<std::string> paths = paths_of(service);
        if (small_ < kFewSegments) return 0;
        std::size_t fewer = 0;
        for (const std::string& path : paths) {
            auto segment = open(path);
            if (!segment || bytes_ + segment->second > limits_.merged || group_.size() == kMostSegments)
                fewer += write_group();
            if (!segment) continue;
            bytes_ += segment->second;
            group_.push_back(std::move(segment->first));
        }
        return fewer + write_group();
    }

private:
    /// Of all segments, in their order.
    std::vector<std::string> paths_of(const std::string& service) {
        std::vector<SegmentOrder> order;
        auto entries = files_.list(directory_);
        if (!entries.ok()) return {};
        for (const platform::DirectoryEntry& entry : entries.value()) {
            if (const auto stream = KeptArenas::stream_of(entry.name)) running_.insert(*stream);
            SegmentOrder one = segment_order(entry.name);
            if (!entry.directory && one.service == service) order.push_back(std::move(one));
        }
        std::sort(order.begin(), order.end());
        std::vector<std::string> paths;
        for (const SegmentOrder& one : order) {
            paths.push_back(directory_ + "/" + one.name);
            const auto state = files_.state(paths.back());
            if (state.ok() && state.value().bytes <= limits_.small) ++small_;
        }
        return paths;
    }

    /// With its size; nothing if it is not to be merged.
    std::optional<std::pair<Segment, std::uint64_t>> open(const std::string& path) {
        const auto state = files_.state(path);
        if (!state.ok() || state.value().bytes > limits_.small) return std::nullopt;
        auto file = files_.open(path);
        if (!file.ok()) return std::nullopt;
        if (const auto mine = file.value()->try_lock(); !mine.ok() || !mine.value()) return std::nullopt;
        Segment segment{path, std::make_unique<PairReader>(std::move(file.value())), {}};
        while (auto pair = segment.reader->next()) {
            const FrameIndex& index = pair->index;
            if (index.stream == 0 || running_.contains(index.stream)) return std::nullopt;
            if (index.events != 0 && index.least_time < limits_.oldest_us) return std::nullopt;
            segment.pairs.push_back(std::move(*pair));
        }
        if (!segment.reader->good() || !segment.reader->in_place()) return std::nullopt;
        return std::pair(std::move(segment), state.value().bytes);
    }

    /// How many segments it has taken away.
    std::size_t write_group() {
        const std::vector<Segment> group = std::exchange(group_, {});
        bytes_ = 0;
        if (group.size() < 2) return 0;
        const std::string unfinished = unfinished_path_of(group.back().path);
        if (!write(group, unfinished) || !files_.rename(unfinished, group.back().path).ok()) {
            (void)files_.remove(unfinished);
            return 0;
        }
        if (!files_.sync_directory(directory_).ok()) return 0;
        // The last first: if not all go, those that stay come before the merged file, and events stay in their order.
        std::size_t fewer = 0;
        while (fewer + 1 < group.size() && files_.remove(group[group.size() - 2 - fewer].path).ok()) ++fewer;
        return fewer;
    }

    bool write(const std::vector<Segment>& group, const std::string& path) {
        auto file = files_.create(path);
        if (!file.ok()) return false;
        (void)file.value()->try_lock().ok();
        SegmentWriter to(std::move(file.value()), path, Durability::process);
        std::set<std::array<std::uint64_t, 3>> seen;  // as a merge that died before its end leaves frames twice
        for (const Segment& segment : group)
            for (const StoredPair& pair : segment.pairs)
                if (seen.insert({pair.index.stream, pair.index.sequence, pair.index.sequences}).second &&
                    !to.append(pair.index, pair.data_frame).ok())
                    return false;
        const std::uint64_t pairs_end = to.bytes();
        return to.sync_and_close().ok() && to.bytes() != pairs_end &&
               std::all_of(group.begin(), group.end(),
                           [](const Segment& segment) { return segment.reader->in_place(); });
    }

    const std::string& directory_;
    platform::FileSystem& files_;
    const Limits limits_;
    std::set<std::uint64_t> running_;  // streams that have a note
    std::size_t small_ = 0;
    std::vector<Segment> group_;  // neighbours that become one
    std::uint64_t bytes_ = 0;     // of them
};

}  // namespace

std::size_t merge_ended_runs(const std::string& directory, const std::string& service, const JournalOptions& options,
                             platform::FileSystem& files, platform::Clock& clock) {
    // Not two at once: each would find half of the locks taken.
    const auto opened = files.open(directory);
    if (!opened.ok()) return 0;
    if (const auto mine = opened.value()->try_lock(); !mine.ok() || !mine.value()) return 0;
    return RunMerge(directory, files, limits_of(options, clock)).merge(service);
}

}  // namespace wideline::journal_files
