// A sink that loses nothing it was given while its process lives: what it cannot write now, it writes later.
//
// A batch that waits lies, compressed, in the recorder's memory. Until there is room for it there, its events stay in
// their arenas. So what waits here survives the process as well, and is bounded by Options::memory: when too much
// waits, the recorder refuses what comes, successes first.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <wideline/redaction.hpp>
#include <wideline/sink.hpp>

#include "event/arena_memory.hpp"

namespace wideline::pipeline {

class FrameStore;

/// Threads as Sink says.
class DurableSink : public Sink {
public:
    /// Memory for a recorder's arenas that outlives the process, so that the next one, or `wideline recover`, writes
    /// what this one could not; null where there is none. Asked once, after `open`. `form` is what encoding needs to
    /// know.
    [[nodiscard]] virtual std::unique_ptr<detail::ArenaMemory> make_arenas(std::size_t bytes, std::uint64_t stream,
                                                                           std::string_view form) = 0;

    /// Whose secrets hash what dead processes left, if their rules name the same patterns. Called before `open`.
    virtual void recover_by(const Redaction& redaction) = 0;

    /// Where batches are to wait; called once, before the first of them. It outlives the sink's use.
    virtual void wait_in(FrameStore& store) = 0;

    /// Takes the batch for good: where it cannot be written now, it waits, behind those that wait already. Throws only
    /// where there is no memory to keep it.
    void deliver(const Batch& batch) override = 0;

    /// Tries to write what waits, oldest first; costs next to nothing where nothing does. Called some times a second.
    virtual void retry() noexcept = 0;
    /// Joins small frames of what is written for good, if nothing waits: some milliseconds a call, and a sync. Called
    /// often, but by a host's thread only if it has the time.
    virtual void merge_some() noexcept = 0;
    /// How many batches wait. The oldest are settled first, so these are the last ones that were delivered.
    [[nodiscard]] virtual std::uint64_t waiting() const noexcept = 0;
    /// How many of those, the last ones, are not in the FrameStore: their events must be kept.
    [[nodiscard]] virtual std::uint64_t waiting_with_events() const noexcept = 0;
    /// Where it keeps its files.
    [[nodiscard]] virtual std::string directory() const = 0;
    /// What is wrong, as a sentence; empty where nothing is.
    [[nodiscard]] virtual std::string trouble() const = 0;
    /// How many events it has removed since it was opened because they were old, its own and earlier ones. Any thread.
    [[nodiscard]] virtual std::uint64_t removed() const noexcept = 0;
    /// How many events of processes that died it wrote when it was opened. Any thread.
    [[nodiscard]] virtual std::uint64_t recovered() const noexcept = 0;
};

}  // namespace wideline::pipeline
