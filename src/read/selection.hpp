// Which events are wanted: by time and by outcome. Asked of a frame's index first, so that most frames are taken or
// left as a whole, and of each line only where the index cannot say.
#pragma once

#include <optional>
#include <string_view>

#include "journal/frame_index.hpp"
#include "read/event_line.hpp"
#include "read/time_text.hpp"

namespace wideline::read {

enum class Share { none, some, all };

/// One thread at a time.
class Selection {
public:
    struct Bounds {
        std::optional<TimePoint> since;  ///< Events that began then or later.
        std::optional<TimePoint> until;  ///< Events that began before then.
        enum class Outcome { any, failed } outcome = Outcome::any;
    };

    explicit Selection(Bounds bounds);

    [[nodiscard]] bool takes_everything() const noexcept;
    /// How much of a frame is wanted, by its index; `some` where there is none.
    [[nodiscard]] Share of(const journal_files::FrameIndex* index) const noexcept;
    /// Nothing where the line is no JSON object. An event without a timestamp is in no span of time; one without an
    /// outcome did not fail.
    [[nodiscard]] std::optional<bool> takes(std::string_view line);
    /// How many events takes() refused because nobody can tell when they began: `timestamp` is absent or not a time.
    [[nodiscard]] std::uint64_t without_time() const noexcept { return without_time_; }

private:
    Bounds bounds_;
    EventLine line_;
    std::uint64_t without_time_ = 0;
};

}  // namespace wideline::read
