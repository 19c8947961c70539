// How a thin hour becomes small
// =============================
//
// A service with little traffic flushes a frame a second, and frames of 4 KiB compress to a third where 1 MiB
// compresses to an eighth. When such a segment is closed it is written once more:
//
//   checkout-…-0.jsonl.zst            [i 0][d 0] [i 1][d 1] [i 2][d 2] … [i 299][d 299] [seek table]
//   .checkout-…-0.jsonl.zst.unfinished   [i 0 to 199      ][d 0 to 199   ] [i 200 to 299 ][ …
//
// The lines are the same bytes in the same order. A merged frame has the sequence numbers of all of its frames, which
// must follow each other in one run, so that nothing looks lost and nothing comes twice; counts are summed, what was
// sampled away and lost and the totals too. Frames that are large, or alone, are copied as they are.
//
// So is the first frame of a segment: a disk that would not confirm it in the segment before may have it there as well,
// and readers can leave out a frame that they have seen, but not a part of one.
//
// The new file is synced, frame by frame, and then renamed over the old one: at any moment one whole file has the name,
// the old or the new. Who has the old one open reads it to its end. A process that dies first leaves a hidden file,
// whose lock died with it; the next journal in that directory removes it.
//
// It is done in steps of one frame, by the pipeline's thread between batches. Whatever fails leaves the old file, which
// lacks nothing.
#include "journal/segment_merge.hpp"

#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <exception>

#include "journal/lost_section.hpp"
#include "journal/segment_tally.hpp"
#include "journal/unfinished_file.hpp"
#include "pipeline/frame_batch.hpp"
#include "request/request_totals.hpp"

namespace wideline::journal_files {
namespace {

constexpr std::size_t kMostMerged = std::size_t{1} << 20;
/// A larger frame gains less than a tenth by being merged.
constexpr std::size_t kSmallFrame = std::size_t{128} << 10;
/// Of the segment's bytes, in small frames with small neighbours, for it to pay.
constexpr std::size_t kLeastShare = 10;

/// What `to` says of its frames and of the next.
void add_to(FrameIndex& to, const FrameIndex& next) {
    const bool any = to.events != 0;
    if (next.events != 0) {
        to.least_time = any ? std::min(to.least_time, next.least_time) : next.least_time;
        to.greatest_time = any ? std::max(to.greatest_time, next.greatest_time) : next.greatest_time;
    }
    to.events += next.events;
    to.errors += next.errors;
    to.weight += next.weight;
    to.raw_bytes += next.raw_bytes;
    to.sequences += next.sequences;
    for (const SampledAwayByRule& away : next.sampled_away) {
        const auto known = std::find_if(to.sampled_away.begin(), to.sampled_away.end(),
                                        [&away](const SampledAwayByRule& one) { return one.rule == away.rule; });
        if (known == to.sampled_away.end())
            to.sampled_away.push_back(away);
        else
            known->requests += away.requests;
    }
    add(next.lost, to.lost);
    add(next.removed, to.removed);
    if (to.totals && next.totals) detail::add(*next.totals, *to.totals);
}

}  // namespace

bool merging_pays(const std::vector<SeekEntry>& entries) noexcept {
    std::size_t total = 0;
    std::size_t small = 0;
    bool small_before = false;
    std::size_t waiting = 0;  // Of a small frame that has had no small neighbour yet.
    for (std::size_t i = 0; i + 1 < entries.size(); i += 2) {
        const std::size_t bytes = std::size_t{entries[i].compressed_bytes} + entries[i + 1].compressed_bytes;
        total += bytes;
        const bool is_small = i != 0 && entries[i + 1].raw_bytes < kSmallFrame;
        if (is_small && small_before) {
            small += bytes + waiting;
            waiting = 0;
        } else {
            waiting = is_small ? bytes : 0;
        }
        small_before = is_small;
    }
    return small != 0 && small * kLeastShare >= total;
}

void SegmentMerge::Free::operator()(ZSTD_CCtx_s* context) const noexcept { ZSTD_freeCCtx(context); }
void SegmentMerge::Free::operator()(ZSTD_DCtx_s* context) const noexcept { ZSTD_freeDCtx(context); }

SegmentMerge::SegmentMerge(std::string path, platform::FileSystem& files)
    : path_(std::move(path)), unfinished_path_(unfinished_path_of(path_)), files_(files) {}

SegmentMerge::~SegmentMerge() { give_up(); }

SegmentMerge::Progress SegmentMerge::step() noexcept {
    try {
        if (!to_ && !open()) return give_up(), Progress::given_up;
        switch (write_next_frame()) {
            case Outcome::frame_written:
                return Progress::more;
            case Outcome::all_read:
                if (finish()) return Progress::merged;
                break;
            case Outcome::failed:
                break;
        }
    } catch (const std::exception&) {
        // No memory.
    }
    give_up();
    return Progress::given_up;
}

bool SegmentMerge::open() {
    if (finished_) return false;
    auto from = files_.open(path_);
    if (!from.ok()) return false;
    // Held until the new file has the name: nobody deletes or repairs the old one meanwhile, and it cannot come back.
    const auto mine = from.value()->try_lock();
    if (mine.ok() && !mine.value()) return false;
    auto to = files_.create(unfinished_path_);
    if (!to.ok()) return false;
    (void)to.value()->try_lock().ok();  // A file system without locks merges all the same, here and above.
    to_.emplace(std::move(to.value()), unfinished_path_, Durability::machine);
    from_.emplace(std::move(from.value()));
    compressor_.reset(pipeline::FrameBatch::new_compressor());
    decompressor_.reset(ZSTD_createDCtx());
    return compressor_ != nullptr && decompressor_ != nullptr;
}

SegmentMerge::Outcome SegmentMerge::write_next_frame() {
    for (;;) {
        if (!next_) next_ = from_->next();
        if (!from_->good()) return Outcome::failed;
        if (next_ && joins_group(next_->index)) {
            group_bytes_ += next_->index.raw_bytes;
            group_.push_back(std::move(*next_));
            next_.reset();
            continue;
        }
        if (group_.empty()) return Outcome::all_read;
        return write_group() ? Outcome::frame_written : Outcome::failed;
    }
}

bool SegmentMerge::joins_group(const FrameIndex& index) const noexcept {
    if (group_.empty()) return true;
    if (to_->bytes() == 0) return false;
    const FrameIndex& last = group_.back().index;
    return group_bytes_ + index.raw_bytes <= kMostMerged && index.stream == last.stream &&
           index.sequence == last.sequence + last.sequences &&
           index.totals.has_value() == last.totals.has_value();  // else the sum would say that nobody counted
}

bool SegmentMerge::write_group() {
    const bool written =
        group_.size() == 1 ? to_->append(std::move(group_[0].index), group_[0].data_frame).ok() : write_merged();
    group_.clear();
    group_bytes_ = 0;
    return written;
}

bool SegmentMerge::write_merged() {
    FrameIndex merged = std::move(group_[0].index);
    for (std::size_t i = 1; i < group_.size(); ++i) add_to(merged, group_[i].index);
    lines_.resize(static_cast<std::size_t>(merged.raw_bytes));
    std::size_t filled = 0;
    for (const StoredPair& pair : group_) {
        const std::size_t got = ZSTD_decompressDCtx(decompressor_.get(), lines_.data() + filled, lines_.size() - filled,
                                                    pair.data_frame.data(), pair.data_frame.size());
        if (ZSTD_isError(got) != 0) return false;
        filled += got;
    }
    if (filled != lines_.size()) return false;
    frame_.resize(ZSTD_compressBound(lines_.size()));
    const std::size_t bytes =
        ZSTD_compress2(compressor_.get(), frame_.data(), frame_.size(), lines_.data(), lines_.size());
    if (ZSTD_isError(bytes) != 0) return false;
    frame_.resize(bytes);
    merged.pair_filter = filter_of(filter_, lines_, {}, bytes);
    return to_->append(std::move(merged), frame_).ok();
}

bool SegmentMerge::finish() {
    const std::uint64_t pairs_end = to_->bytes();
    if (!to_->close().ok() || to_->bytes() == pairs_end) return false;  // It lacks its seek table.
    // Somebody may have removed the old one before it was locked; it must not come back.
    if (!from_->in_place()) return false;
    finished_ = files_.rename(unfinished_path_, path_).ok();
    return finished_;
}

void SegmentMerge::give_up() noexcept {
    if (to_ && !finished_) {
        try {
            (void)files_.remove(unfinished_path_).ok();
        } catch (const std::exception&) {
            // It lies there until the next start.
        }
    }
    finished_ = true;
    to_.reset();
    from_.reset();
}

}  // namespace wideline::journal_files
