// Sinks: where kept events go. The pipeline encodes and compresses a batch once and hands it to every sink.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <wideline/detail/chrono.hpp>
#include <wideline/detail/function.hpp>
#include <wideline/export.hpp>
#include <wideline/lost_events.hpp>
#include <wideline/request_totals.hpp>
#include <wideline/service.hpp>
#include <wideline/text.hpp>

namespace wideline {

/// Requests that a rule sampled away: an event of each was dropped, and none of them is in a batch.
struct SampledAway {
    std::string_view rule;
    std::uint64_t requests = 0;
};

/// Kept events, encoded once as JSON lines and compressed once. Lives while Sink::deliver runs and no longer; a sink
/// that needs the bytes afterwards copies them. Made and read on the pipeline's thread.
class WIDELINE_EXPORT Batch {
public:
    using TimePoint = std::chrono::sys_time<std::chrono::microseconds>;

    Batch() = default;
    virtual ~Batch();
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

    /// One JSON object a line, each line ended by a line feed.
    [[nodiscard]] std::string_view json_lines() const noexcept { return json_lines_; }
    /// The same lines as one zstd frame with content size and checksum; compressed at the first call. Empty only where
    /// memory for it could not be had.
    [[nodiscard]] std::string_view zstd_frame() const noexcept { return compressed(); }

    [[nodiscard]] std::uint64_t events() const noexcept { return events_; }
    [[nodiscard]] std::uint64_t errors() const noexcept { return errors_; }
    /// The sum of the events' sample_weight: how many requests the batch stands for.
    [[nodiscard]] double weight() const noexcept { return weight_; }
    /// Least and greatest timestamp (start of the request) of the events.
    [[nodiscard]] TimePoint first() const noexcept { return first_; }
    [[nodiscard]] TimePoint last() const noexcept { return last_; }

    /// Which recorder's run this batch is of (random), and its number there: 0, 1, 2, … without a gap.
    [[nodiscard]] std::uint64_t stream() const noexcept { return stream_; }
    [[nodiscard]] std::uint64_t sequence() const noexcept { return sequence_; }
    /// By rule, what was sampled away since the batch before.
    [[nodiscard]] std::span<const SampledAway> sampled_away() const noexcept { return sampled_away_; }
    /// By rule and reason, what was lost since the batch before. A loss comes with events of the same rule that ended
    /// at about the same time, at most ten seconds late. Empty if nothing was lost. docs/sampling.md tells how to
    /// correct sums by it.
    [[nodiscard]] std::span<const LostEvents> lost() const noexcept { return lost_; }
    /// What the totals of each name have grown by since the batch before: of all requests that ended, those sampled
    /// away too. A name without news is not there. Nothing where nobody counted, as in what a dead process left behind.
    [[nodiscard]] std::optional<std::span<const RequestTotals>> totals() const noexcept { return totals_; }
    /// For sinks that index what they write: a 64-bit hash for each `key=value` of the events, in no order, some more
    /// than once. docs/file-format.md says which pairs have one, and how it is made. Empty where they are not known:
    /// then they are those of json_lines().
    [[nodiscard]] std::span<const std::uint64_t> pair_hashes() const noexcept { return pair_hashes_; }

protected:
    virtual std::string_view compressed() const noexcept = 0;

    std::string_view json_lines_;
    std::uint64_t events_ = 0;
    std::uint64_t errors_ = 0;
    double weight_ = 0;
    TimePoint first_{};
    TimePoint last_{};
    std::uint64_t stream_ = 0;
    std::uint64_t sequence_ = 0;
    std::span<const SampledAway> sampled_away_;
    std::span<const LostEvents> lost_;
    std::optional<std::span<const RequestTotals>> totals_;
    std::span<const std::uint64_t> pair_hashes_;
};

/// A destination of batches. Derive from it for one of your own; only `deliver` must be written.
///
/// Threads: every call comes from the recorder's pipeline thread, one at a time, except `open`, which `install` calls
/// before that thread starts. A sink that throws or is slow disturbs neither requests nor, if it throws, other sinks.
class WIDELINE_EXPORT Sink {
public:
    Sink() = default;
    virtual ~Sink();
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;

    /// Takes one batch. An exception means that the batch was not taken: its events are counted as lost
    /// (`Stats::lost.sink_failed`) and the sentence is kept in `Stats::last_error`.
    virtual void deliver(const Batch& batch) = 0;

    /// Called once, before the first batch. Throws where the sink cannot work, and `install` throws the same.
    virtual void open(const Service& service);
    /// Called once, after the last batch. What it throws is kept in `Stats::last_error`.
    virtual void close();

    /// What takes this sink's place in a forked child (InChildren::reinstall): a new sink, which is opened there. Null,
    /// which is the default: the child goes without. Called in the child, where this object is as it was at the fork,
    /// perhaps in the middle of a deliver of the parent's thread: read only what never changes.
    [[nodiscard]] virtual std::shared_ptr<Sink> for_child() const;
};

using SinkPtr = std::shared_ptr<Sink>;

/// What a delivered event survives.
enum class Durability {
    process,  ///< the process: killed or crashed, its events are in the file. What the machine's end takes, it takes.
    machine,  ///< loss of power too: a frame counts as delivered when the disk has it (fsync: milliseconds a frame)
};

struct JournalOptions {
    /// A segment that has reached this size is closed, and the next one opened. At least 64 KiB.
    std::uint64_t segment_bytes = std::uint64_t{256} << 20;
    /// So is one that was opened so long ago, by the monotonic clock. At least 1 s.
    std::chrono::seconds segment_age = std::chrono::hours(1);
    Durability durability = Durability::process;

    // Retention. Nothing is deleted unless one of these is set. Then whole closed segments are, the oldest first, of
    // this service and in this directory; never one that a process is writing. What they held is counted, in
    // Stats::removed_events and in the index of the next frame. On a file system that has no locks nothing is deleted.

    /// All segments together take no more, with the one that is being written at its full size, and the copy by which
    /// one is merged: segment_bytes are at most a quarter of this. 0: no limit. At least 256 KiB.
    std::uint64_t retain_bytes = 0;
    /// A segment is deleted so long after its last frame; an event lives at most segment_age longer. 0: no limit. A
    /// wall clock that steps ahead while the process runs deletes nothing.
    std::chrono::seconds retain_age{0};
    /// So much of the file system is left free, as long as there are segments to delete. 0: no limit.
    std::uint64_t retain_free_bytes = 0;
};

/// Compressed JSON lines in `directory`, made if it is absent: `<service>-<UTC start>-<pid>-<n>.jsonl.zst`, each frame
/// appended by one write, readable by `zstdcat` and the `wideline` command while it grows and after. `install` throws
/// std::system_error (path, reason) for what waiting cannot mend: no permission, not a directory. A full disk can wait.
WIDELINE_EXPORT SinkPtr journal(String directory, JournalOptions options = {});

/// JSON lines into a pipe or a file; on a terminal a coloured, aligned view for people.
WIDELINE_EXPORT SinkPtr stdout_sink();

/// Appends every event's JSON line, without its line end, to `lines`, which must outlive the recorder. Written by the
/// pipeline's thread: read it after `Recorder::flush` with no request under way, or after the recorder is gone. In a
/// forked child (InChildren::reinstall) it appends to the child's copy; do not fork then while it is being written.
WIDELINE_EXPORT SinkPtr memory_sink(std::vector<std::string>* lines);
/// The same with every line parsed.
WIDELINE_EXPORT SinkPtr memory_sink(std::vector<nlohmann::json>* events);

/// Calls `deliver` with each batch. In a forked child (InChildren::reinstall) the child's recorder calls its copy of
/// the function, which finds everything as it was at the fork.
WIDELINE_EXPORT SinkPtr callback_sink(std::function<void(const Batch&)> deliver);

}  // namespace wideline
