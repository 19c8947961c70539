#include "journal/journal_sink.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "journal/batch_index.hpp"
#include "journal/frame_pair.hpp"
#include "journal/recovery.hpp"
#include "journal/run_merge.hpp"
#include "journal/segment_name.hpp"
#include "journal/segment_tally.hpp"
#include "journal/unfinished_file.hpp"

namespace wideline {
namespace journal_files {
namespace {

using platform::Failure;
using platform::Status;

constexpr std::int64_t kLeastPauseNs = 50'000'000;
constexpr std::int64_t kLongestPauseNs = 2'000'000'000;
constexpr std::int64_t kLookEveryNs = 60'000'000'000;
constexpr std::uint64_t kLeastRetainedBytes = 256 << 10;
// A journal at its limit has three quarters of it in closed segments.
constexpr std::uint64_t kSegmentsInLimit = 4;

JournalOptions checked(JournalOptions options) {
    if (options.retain_age.count() < 0)
        throw std::invalid_argument("wideline::journal: JournalOptions::retain_age is " +
                                    std::to_string(options.retain_age.count()) + " s; it must not be negative");
    if (options.retain_bytes != 0) {
        options.retain_bytes = std::max(options.retain_bytes, kLeastRetainedBytes);
        options.segment_bytes = std::min(options.segment_bytes, options.retain_bytes / kSegmentsInLimit);
    }
    return options;
}
/// For merging the last segment, of the time that a service gives its recorder to end. What is not merged by then stays
/// as it is.
constexpr std::int64_t kMergeAtEndNs = 1'000'000'000;

Status prove_writable_by(platform::FileSystem& files, const std::string& directory, const std::string& probe) {
    auto file = files.create(probe);
    if (!file.ok())
        return Failure{"cannot write into the journal directory", directory, {}, file.failure().error_number};
    if (Status written = file.value()->append("wideline\n"); !written.ok())
        return Failure{"cannot write into the journal directory", directory, {}, written.failure().error_number};
    return file.value()->close();
}

/// By a file with bytes in it, for a full disk still makes empty ones. An unfinished file, should the process be killed
/// before it is removed.
Status prove_writable(platform::FileSystem& files, const std::string& directory) {
    static std::atomic<unsigned> probes = 0;  // Two journals of this process may open the same directory at once.
    const std::string probe = unfinished_path_of(directory + "/wideline-probe-" + std::to_string(::getpid()) + "-" +
                                                 std::to_string(probes++));
    (void)files.remove(probe);  // Left by a killed process that had the same pid.
    Status proved = prove_writable_by(files, directory, probe);
    Status removed = files.remove(probe);
    // Somebody who looked for unfinished files in that moment took it for a dead process's.
    if (!removed.ok() && removed.failure().error_number == ENOENT) removed = {};
    return proved.ok() ? removed : proved;
}

/// Nothing but somebody's hand mends these. A disk that is full, read-only or failing may be well again by itself.
bool is_for_good(const Failure& failure) {
    constexpr int kForGood[] = {EACCES, EPERM, ENOTDIR, EISDIR, EEXIST, ENOENT, ENAMETOOLONG, ELOOP, EINVAL};
    return std::find(std::begin(kForGood), std::end(kForGood), failure.error_number) != std::end(kForGood);
}

}  // namespace

JournalSink::JournalSink(std::string directory, JournalOptions options, platform::FileSystem& files,
                         platform::Clock& clock)
    : directory_(std::move(directory)), options_(checked(options)), files_(files), clock_(clock) {
    if (directory_.empty()) throw std::invalid_argument("wideline::journal: the directory's name is empty");
}

void JournalSink::open(const Service& service) {
    // Should the service change its working directory, its journal stays where it is.
    directory_ = std::filesystem::absolute(directory_).string();
    const std::string& name = service_ = safe_service_name(service.name);
    segments_ = std::make_unique<SegmentSeries>(directory_, name, options_, files_, clock_);
    retention_.emplace(directory_, name, options_, files_, clock_);
    begin();
    if (not_begun_ && is_for_good(*not_begun_)) not_begun_->raise();
}

/// Again, where the disk was not well.
void JournalSink::begin() {
    not_begun_.reset();
    Status usable = segments_->make_directory();
    if (usable.ok()) {
        keep_within_limits();  // Perhaps the disk is full of what may be deleted.
        usable = prove_writable(files_, directory_);
    }
    if (usable.ok()) return recover();
    not_begun_ = usable.failure();
    begin_again_ns_ = clock_.monotonic_ns() + kLongestPauseNs;
}

/// What could not be recovered stays where it is, for the next start: no reason not to begin.
void JournalSink::recover() {
    const Recovery recovery = recover_arenas(directory_, options_, files_, clock_, redaction_);
    recovered_.store(recovery.finished + recovery.crashed, std::memory_order_relaxed);
    if (recovery.not_hashed != 0)
        unrecovered_ =
            "values that a dead process was to hash were removed, for Options::redact has no secret for "
            "their pattern now: " +
            std::to_string(recovery.not_hashed);
    for (const std::string& problem : recovery.problems) unrecovered_ = problem;
}

std::unique_ptr<detail::ArenaMemory> JournalSink::make_arenas(std::size_t bytes, std::uint64_t stream,
                                                              std::string_view form) {
    auto made = KeptArenas::make(directory_, files_, bytes, stream, form);
    if (!made.ok()) {
        without_arenas_ = made.failure().sentence() + ": what waits in memory does not outlive the process";
        return nullptr;
    }
    arenas_.emplace(std::move(made.value()));
    return arenas_->take();
}

void JournalSink::deliver(const Batch& batch) {
    const std::string_view frame = batch.zstd_frame();
    if (frame.empty()) Failure{"no memory to compress a batch for", directory_, {}, ENOMEM}.raise();
    FrameIndex index = index_of(batch, filter_);
    if (waiting_.empty()) {
        Status written = write(index, frame);
        if (written.ok()) return;
        wait(index, frame);
        try_again_later(written.failure());
    } else {
        wait(index, frame);
        retry();
    }
}

void JournalSink::wait(const FrameIndex& index, std::string_view data_frame) {
    waiting_.push_back({index.sequence, text_of_pair(index, data_frame)});
    store_waiting();
}

/// In order, so that those which are not stored are the last ones.
void JournalSink::store_waiting() noexcept {
    while (store_ != nullptr && stored_ < waiting_.size()) {
        Pair& pair = waiting_[stored_];
        pair.stored =
            store_->keep(pair.sequence, pair.text,
                         arenas_ ? pipeline::FrameStore::Recovery::wanted : pipeline::FrameStore::Recovery::none);
        if (pair.stored == nullptr) return;
        pair.text = std::string();
        ++stored_;
    }
}

void JournalSink::retry() noexcept {
    try {
        segments_->close_if_old();
        store_waiting();
        const std::int64_t now = clock_.monotonic_ns();
        if (not_begun_ && now >= begin_again_ns_) begin();
        const bool try_again = !waiting_.empty() && now >= try_again_ns_;
        if (try_again || now >= look_again_ns_ || segments_->closed() != closed_segments_) keep_within_limits();
        if (try_again) (void)write_waiting().ok();
    } catch (const std::exception&) {
        // No memory: what waits still waits.
    }
}

void JournalSink::merge_some() noexcept {
    if (!waiting_.empty()) return;
    segments_->merge_some();
    if (merged_runs_ || not_begun_) return;
    merged_runs_ = true;
    try {
        (void)merge_ended_runs(directory_, service_, options_, files_, clock_);
    } catch (const std::exception&) {
        // No memory: the next process tries again.
    }
}

Status JournalSink::write(FrameIndex& index, std::string_view data_frame) {
    index.removed = to_tell_;
    Status written = segments_->append(index, data_frame);
    if (!written.ok()) return written;
    to_tell_ = {};
    begin_again_ns_ = 0;  // The disk is well.
    return written;
}

void JournalSink::keep_within_limits() {
    look_again_ns_ = clock_.monotonic_ns() + kLookEveryNs;
    closed_segments_ = segments_->closed();
    const Retention::Removal removal = retention_->keep_within_limits(segments_->growth());
    add(removal.to_tell, to_tell_);
    removed_.fetch_add(removal.now.events, std::memory_order_relaxed);
}

Status JournalSink::write_waiting() {
    while (!waiting_.empty()) {
        Status written = write_oldest();
        if (!written.ok()) {
            try_again_later(written.failure());
            return written;
        }
        if (waiting_.front().stored != nullptr) {
            store_->release(*waiting_.front().stored);
            --stored_;
        }
        waiting_.pop_front();
        pause_ns_ = 0;
    }
    text_ = std::string();
    return {};
}

Status JournalSink::write_oldest() {
    const Pair& oldest = waiting_.front();
    if (oldest.stored != nullptr) pipeline::FrameStore::read(*oldest.stored, text_);
    auto pair = pair_of_text(oldest.stored != nullptr ? text_ : oldest.text);
    if (!pair) {
        unrecovered_ = "a batch that waited in memory was damaged there and is lost: something has written over it";
        return {};
    }
    return write(pair->index, pair->data_frame);
}

void JournalSink::try_again_later(Failure failure) {
    failure_ = std::move(failure);
    pause_ns_ = std::clamp(2 * pause_ns_, kLeastPauseNs, kLongestPauseNs);
    try_again_ns_ = clock_.monotonic_ns() + pause_ns_;
}

std::string JournalSink::trouble() const {
    if (waiting_.empty() && not_begun_) return not_begun_->sentence() + "; events wait until it is well";
    if (waiting_.empty()) return without_arenas_.empty() ? unrecovered_ : without_arenas_;
    return failure_.sentence() + "; " + std::to_string(waiting_.size()) +
           (waiting_.size() == 1 ? " batch waits" : " batches wait");
}

void JournalSink::close() {
    Status written = write_waiting();
    Status closed = segments_->close();
    const std::int64_t end_ns = clock_.monotonic_ns() + kMergeAtEndNs;
    while (segments_->is_merging() && clock_.monotonic_ns() < end_ns) segments_->merge_some();
    written.raise_if_failed();
    // Nothing in them is needed any more; where something is, the next start writes it.
    if (arenas_) (void)arenas_->remove();
    closed.raise_if_failed();
}

SinkPtr JournalSink::for_child() const { return std::make_shared<JournalSink>(directory_, options_, files_, clock_); }

}  // namespace journal_files

SinkPtr journal(String directory, JournalOptions options) {
    return std::make_shared<journal_files::JournalSink>(std::move(directory), options, platform::FileSystem::real());
}

}  // namespace wideline
