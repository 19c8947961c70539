// Where a sink's frames wait that it cannot write yet: compressed, in the recorder's own memory. So a batch that waits
// takes a tenth of what its events took, outlives the process as they do, and is bounded by Options::memory with them.
//
// The frame is stored first, then its events are given back. A process that dies in between leaves both; recovery takes
// the frame, for the events say which frame they went into.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "request/recorder_core.hpp"

namespace wideline::pipeline {

/// The pipeline's thread alone.
class FrameStore {
public:
    /// `waiting_bytes` grows by what is stored.
    FrameStore(detail::RecorderCore& core, std::atomic<std::size_t>& waiting_bytes) noexcept
        : core_(core), waiting_bytes_(waiting_bytes) {}

    /// Whether the next process takes the frame if this one dies.
    enum class Recovery : std::uint8_t { wanted, none };
    /// A copy of `bytes`, or null if there is no room now. Nothing gives it back but release().
    [[nodiscard]] detail::OpenEvent* keep(std::uint64_t sequence, std::string_view bytes, Recovery recovery) noexcept;
    /// Replaces what is in `into`. Throws std::bad_alloc.
    static void read(const detail::OpenEvent& stored, std::string& into);
    void release(detail::OpenEvent& stored) noexcept;

private:
    [[nodiscard]] detail::OpenEvent* take_chain(std::size_t blocks) noexcept;
    void give_chain(detail::OpenEvent* first) noexcept;

    detail::RecorderCore& core_;
    std::atomic<std::size_t>& waiting_bytes_;
};

}  // namespace wideline::pipeline
