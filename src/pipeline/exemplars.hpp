// Events to look at: of each name and duration bound, the newest that was delivered (or waits for the disk), so that
// who sees a slow bucket in a chart finds a request of it in the journal.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include "event/open_event.hpp"
#include "pipeline/duration_bounds.hpp"
#include "request/request_counts.hpp"

namespace wideline::pipeline {

struct Exemplar {
    std::uint64_t trace_id_high = 0;
    std::uint64_t trace_id_low = 0;  ///< No trace has both 0: then there is no exemplar.
    std::int64_t duration_ns = 0;
    std::int64_t ended_us = 0;  ///< Microseconds since 1970 UTC.

    [[nodiscard]] bool exists() const noexcept { return trace_id_high != 0 || trace_id_low != 0; }
};

using ExemplarsOfName = std::array<Exemplar, kDurationBounds.size()>;

/// Noted by the pipeline's thread, read by any. Memory: 640 bytes a name.
class Exemplars {
public:
    /// Events of one batch, which are still held. Where memory runs out, those of new names are left out.
    void note(std::span<const detail::OpenEvent* const> events, detail::RequestNames& names) noexcept;
    /// By the names' numbers; names of which none was delivered may lack at the end.
    [[nodiscard]] std::vector<ExemplarsOfName> all() const;

private:
    mutable std::mutex mutex_;
    std::vector<ExemplarsOfName> of_name_;
};

}  // namespace wideline::pipeline
