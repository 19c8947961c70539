// Size is what rotation is for; age is for thin traffic, so that its files are closed, and merged, and can be deleted.
// Age is by the monotonic clock: a wall clock that steps neither closes a segment early nor keeps it open.
//
// A segment that is only full, or only old, goes on where no new one can be opened. After a failure the next try is
// made in the same segment where the disk was full, for it is so for every file, and in a new one otherwise: a bad
// sector, a file as large as files may be, a server that forgot it.
#include "journal/segment_series.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <new>
#include <utility>

#include "journal/segment_name.hpp"

namespace wideline::journal_files {
namespace {

using platform::Failure;
using platform::Result;
using platform::Status;

constexpr std::uint64_t kLeastSegmentBytes = 64 << 10;
constexpr std::int64_t kNsPerSecond = 1'000'000'000;
// Another journal of this process may have taken a name in the same second. So many would not have.
constexpr int kMostNamesTried = 1000;

std::int64_t ns_of(std::chrono::seconds age) {
    constexpr std::int64_t kLongest = std::numeric_limits<std::int64_t>::max() / kNsPerSecond / 2;
    return std::clamp<std::int64_t>(age.count(), 1, kLongest) * kNsPerSecond;
}

bool is_full_disk(const Failure& failure) { return failure.error_number == ENOSPC || failure.error_number == EDQUOT; }

}  // namespace

SegmentSeries::SegmentSeries(std::string directory, std::string service, const JournalOptions& options,
                             platform::FileSystem& files, platform::Clock& clock)
    : directory_(std::move(directory)),
      service_(std::move(service)),
      segment_bytes_(std::max(options.segment_bytes, kLeastSegmentBytes)),
      segment_age_ns_(ns_of(options.segment_age)),
      durability_(options.durability),
      files_(files),
      clock_(clock) {}

SegmentSeries::~SegmentSeries() { (void)close(); }

Status SegmentSeries::make_directory() {
    auto made = files_.make_directories(directory_);
    if (!made.ok()) return made.failure();
    if (durability_ != Durability::machine) return {};
    for (const std::string& path : made.value()) unsynced_directories_.push_back(platform::parent_of(path));
    while (!unsynced_directories_.empty()) {
        if (Status synced = files_.sync_directory(unsynced_directories_.back()); !synced.ok()) return synced;
        unsynced_directories_.pop_back();
    }
    return {};
}

Status SegmentSeries::append(const FrameIndex& index, std::string_view data_frame) {
    if (Status room = make_room(); !room.ok()) return room;
    Status written = segment_->append(index, data_frame);
    if (!written.ok() && !is_full_disk(written.failure())) (void)close();
    return written;
}

/// Leaves a segment that takes another pair.
Status SegmentSeries::make_room() {
    if (segment_ && !segment_->usable()) (void)close();
    if (segment_ && segment_->bytes() < segment_bytes_ && !is_old()) return {};
    Status opened = open_segment();
    return segment_ ? Status{} : opened;
}

bool SegmentSeries::is_old() { return clock_.monotonic_ns() - opened_ns_ >= segment_age_ns_; }

/// The new one is opened before the old one is closed.
Status SegmentSeries::open_segment() {
    // Someone may have removed the directory since.
    if (Status made = make_directory(); !made.ok()) return made;
    std::string path;
    auto file = create(path);
    if (!file.ok()) return file.failure();
    auto fresh = std::make_unique<SegmentWriter>(std::move(file.value()), path, durability_);
    if (durability_ == Durability::machine) {
        if (Status synced = files_.sync_directory(directory_); !synced.ok()) {
            (void)files_.remove(path);
            return synced;
        }
    }
    // Nothing is lost where this fails: what the old segment has, it has; it only lacks its seek table.
    (void)close();
    segment_ = std::move(fresh);
    opened_ns_ = clock_.monotonic_ns();
    return {};
}

/// A new file that is locked, so that whoever deletes old segments leaves it alone.
Result<std::unique_ptr<platform::File>> SegmentSeries::create(std::string& path) {
    const auto now = std::chrono::floor<std::chrono::seconds>(clock_.wall());
    for (int tried = 0;; ++tried) {
        path = directory_ + "/" + segment_name(service_, now, ::getpid(), next_number_++);
        auto file = files_.create(path);
        if (file.ok()) {
            const auto locked = file.value()->try_lock();
            // A file system without locks is no reason to write nothing.
            if (!locked.ok() || locked.value()) return file;
            continue;
        }
        if (file.failure().error_number != EEXIST || tried == kMostNamesTried) return file;
    }
}

void SegmentSeries::close_if_old() {
    if (segment_ && is_old()) (void)close();
}

Status SegmentSeries::close() {
    if (!segment_) return {};
    const auto segment = std::exchange(segment_, nullptr);
    const bool usable = segment->usable();
    const bool empty = segment->bytes() == 0;  // It may hold part of a pair that was written elsewhere since.
    Status status = segment->close();
    if (empty) (void)files_.remove(segment->path());
    if (usable && merging_pays(segment->entries())) to_merge_.push_back(segment->path());
    ++closed_;
    return status;
}

std::uint64_t SegmentSeries::growth() const {
    const std::uint64_t bytes = segment_ ? segment_->bytes() : 0;
    // A merge writes a copy, of one segment at a time, that is smaller than what it copies.
    std::uint64_t copy = 0;
    for (const std::string& path : to_merge_) {
        const auto state = files_.state(path);
        if (state.ok()) copy = std::max(copy, state.value().bytes);
    }
    return segment_bytes_ - std::min(segment_bytes_, bytes) + copy;
}

void SegmentSeries::merge_some() noexcept {
    if (to_merge_.empty()) return;
    try {
        if (!merge_) merge_ = std::make_unique<SegmentMerge>(to_merge_.front(), files_);
    } catch (const std::bad_alloc&) {
        return;
    }
    if (merge_->step() == SegmentMerge::Progress::more) return;
    merge_.reset();
    to_merge_.pop_front();
}

}  // namespace wideline::journal_files
