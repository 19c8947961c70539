#include "read/selection.hpp"

#include "read/reserved_field.hpp"

namespace wideline::read {
namespace {

TimePoint time_of(std::int64_t microseconds) { return TimePoint(std::chrono::microseconds(microseconds)); }

}  // namespace

Selection::Selection(Bounds bounds) : bounds_(bounds), line_({"timestamp", "outcome"}) {}

bool Selection::takes_everything() const noexcept {
    return !bounds_.since && !bounds_.until && bounds_.outcome == Bounds::Outcome::any;
}

Share Selection::of(const journal_files::FrameIndex* index) const noexcept {
    if (takes_everything()) return Share::all;
    if (index == nullptr) return Share::some;
    const TimePoint least = time_of(index->least_time);
    const TimePoint greatest = time_of(index->greatest_time);
    const bool failed_only = bounds_.outcome == Bounds::Outcome::failed;
    if (bounds_.since && greatest < *bounds_.since) return Share::none;
    if (bounds_.until && least >= *bounds_.until) return Share::none;
    if (failed_only && index->errors == 0) return Share::none;
    if (bounds_.since && least < *bounds_.since) return Share::some;
    if (bounds_.until && greatest >= *bounds_.until) return Share::some;
    // An index that was made from the lines of another program does not tell whether each of them has a time.
    if ((bounds_.since || bounds_.until) && index->stream == 0) return Share::some;
    return failed_only && index->errors != index->events ? Share::some : Share::all;
}

std::optional<bool> Selection::takes(std::string_view line) {
    if (takes_everything()) return true;
    if (!line_.read(line)) return std::nullopt;
    const JsonText timestamp = line_.values()[0];
    const JsonText outcome = line_.values()[1];
    if (bounds_.outcome == Bounds::Outcome::failed && !is_failure(outcome)) return false;
    if (!bounds_.since && !bounds_.until) return true;
    const auto began = time_of(timestamp);
    if (!began) {
        ++without_time_;
        return false;
    }
    return (!bounds_.since || *began >= *bounds_.since) && (!bounds_.until || *began < *bounds_.until);
}

}  // namespace wideline::read
