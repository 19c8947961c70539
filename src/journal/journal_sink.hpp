// The journal: the sink that writes segments into a directory, and keeps what it cannot write until it can.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <wideline/sink.hpp>

#include "journal/kept_arenas.hpp"
#include "journal/pair_filter.hpp"
#include "journal/retention.hpp"
#include "journal/segment_series.hpp"
#include "pipeline/durable_sink.hpp"
#include "pipeline/frame_store.hpp"
#include "platform/clock.hpp"
#include "platform/file_system.hpp"

namespace wideline::journal_files {

/// `files` and `clock` must outlive it. Threads as Sink says.
class JournalSink final : public pipeline::DurableSink {
public:
    JournalSink(std::string directory, JournalOptions options, platform::FileSystem& files,
                platform::Clock& clock = platform::Clock::real());

    /// Makes the directory, proves that it can be written, and writes what dead processes left behind. Throws
    /// std::system_error if waiting mends nothing: no permission, not a directory. If the disk is full or fails,
    /// retry() does all this when the disk is well, and trouble() says so.
    void open(const Service& service) override;
    [[nodiscard]] std::unique_ptr<detail::ArenaMemory> make_arenas(std::size_t bytes, std::uint64_t stream,
                                                                   std::string_view form) override;

    void recover_by(const Redaction& redaction) override { redaction_ = redaction; }
    void wait_in(pipeline::FrameStore& store) override { store_ = &store; }

    /// When it returns and nothing is waiting(), the batch survives what JournalOptions::durability says. Otherwise it
    /// waits, compressed, after the others: a failing disk is no reason to throw. Throws std::bad_alloc, and
    /// std::system_error where there was no memory to compress the batch: then it is not taken.
    void deliver(const Batch& batch) override;
    /// What failed is tried again after a pause that doubles from 50 ms to 2 s, so that a dead disk is not hammered.
    void retry() noexcept override;
    void merge_some() noexcept override;
    [[nodiscard]] std::uint64_t waiting() const noexcept override { return waiting_.size(); }
    [[nodiscard]] std::uint64_t waiting_with_events() const noexcept override { return waiting_.size() - stored_; }
    [[nodiscard]] std::string trouble() const override;
    [[nodiscard]] std::string directory() const override { return directory_; }
    [[nodiscard]] std::uint64_t removed() const noexcept override { return removed_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t recovered() const noexcept override {
        return recovered_.load(std::memory_order_relaxed);
    }

    /// Tries once more to write what waits. Throws std::system_error where that fails.
    void close() override;
    /// A journal in the same directory: it writes segments of its own.
    [[nodiscard]] SinkPtr for_child() const override;

private:
    /// A pair that is not in a segment yet.
    struct Pair {
        std::uint64_t sequence = 0;
        std::string text;                     // Empty once it is stored.
        detail::OpenEvent* stored = nullptr;  // In the recorder's memory.
    };

    void begin();
    void recover();
    platform::Status write(FrameIndex& index, std::string_view data_frame);
    void wait(const FrameIndex& index, std::string_view data_frame);
    void store_waiting() noexcept;
    platform::Status write_waiting();
    platform::Status write_oldest();
    void keep_within_limits();
    void try_again_later(platform::Failure failure);

    std::string directory_;
    JournalOptions options_;
    platform::FileSystem& files_;
    platform::Clock& clock_;
    Redaction redaction_;
    std::string service_;  // as safe_service_name gives it
    std::unique_ptr<SegmentSeries> segments_;
    PairFilterBuilder filter_;
    std::optional<Retention> retention_;
    std::optional<KeptArenas> arenas_;
    std::string without_arenas_;                  // Why there are none.
    std::string unrecovered_;                     // What could not be read: by recovery, or from memory.
    std::optional<platform::Failure> not_begun_;  // Why the directory could not be written yet.
    std::int64_t begin_again_ns_ = 0;
    std::atomic<std::uint64_t> recovered_{0};

    pipeline::FrameStore* store_ = nullptr;
    std::deque<Pair> waiting_;   // Oldest first.
    std::size_t stored_ = 0;     // How many of the first are stored.
    std::string text_;           // Of a stored pair, while it is written.
    platform::Failure failure_;  // Why they wait.
    std::int64_t pause_ns_ = 0;
    std::int64_t try_again_ns_ = 0;

    RemovedByRetention to_tell_;  // In the index of the next frame.
    std::atomic<std::uint64_t> removed_{0};
    bool merged_runs_ = false;
    std::uint64_t closed_segments_ = 0;  // When limits were looked at last.
    std::int64_t look_again_ns_ = 0;
};

}  // namespace wideline::journal_files
