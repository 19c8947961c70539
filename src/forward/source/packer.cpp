#include "forward/source/packer.hpp"

#include <algorithm>

#include "forward/source/letter.hpp"
#include "read/event_line.hpp"
#include "read/lines.hpp"

namespace wideline::delivery {
namespace {

/// Lines that are read for one batch, whether or not they are selected: after them the cursor moves.
constexpr std::uint64_t kMostRead = std::uint64_t{32} << 20;

std::string_view without_end(std::string_view line) {
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    return line;
}

bool is_new(const Cursor& cursor) {
    return cursor.next == Position{} && cursor.last_event.empty() && cursor.after_last == 0 && cursor.gaps.empty() &&
           cursor.counts == Counts{};
}

bool old_enough(const CatalogFrame& frame, platform::Clock& clock, std::chrono::nanoseconds delay) {
    if (delay.count() == 0) return true;
    const std::int64_t now_us = clock.wall().time_since_epoch().count();
    const std::int64_t delay_us = delay.count() / 1000;
    // The monotonic clock decides at the latest: a wall clock that steps back does not stop anything.
    if (clock.monotonic_ns() - frame.seen_ns >= delay.count()) return true;
    return frame.greatest_time <= now_us - delay_us;
}

}  // namespace

std::string event_id_of(std::string_view line) {
    read::EventLine reader({"event_id"});
    (void)reader.read(line);
    const read::JsonText id = reader.values()[0];
    return id.size() >= 2 && id.front() == '"' ? std::string(id.substr(1, id.size() - 2)) : std::string();
}

Readiness readiness(const FrameCatalog& catalog, platform::Clock& clock, const std::string& run, const Cursor& cursor,
                    const PackRules& rules, bool hurry) {
    Readiness found;
    for (const Gap& gap : cursor.gaps) {
        const auto late = catalog.at_or_after(run, gap.first);
        if (late && late->sequence < gap.first + gap.count && late->sequence >= gap.first) return {true, false, true};
    }
    const auto frame = catalog.at_or_after(run, cursor.next.sequence);
    if (!frame) return found;
    found.waits = true;
    const std::chrono::nanoseconds seen_for(clock.monotonic_ns() - frame->seen_ns);
    if (frame->sequence > cursor.next.sequence && !is_new(cursor) && seen_for < kGapPatience) return found;
    if (!old_enough(*frame, clock, rules.delay)) {
        found.delayed = true;
        return found;
    }
    const Waiting waiting = catalog.waiting(run, cursor.next.sequence);
    found.ready =
        hurry || seen_for >= rules.linger || waiting.raw_bytes >= rules.bytes || waiting.events >= rules.events;
    return found;
}

Batch Packer::pack(const Cursor& cursor) {
    Batch batch;
    batch.end = cursor.next;
    if (const auto gap = filled_gap(cursor)) {
        const auto frame = catalog_.at_or_after(cursor.run, gap->first);
        Position at{frame->sequence, 0};
        Cursor alone;
        alone.run = cursor.run;
        const Taken taken = take_frame(alone, *frame, at, batch);
        if (taken != Taken::whole) return Batch{};
        batch.fills = Gap{frame->sequence, frame->sequences};
        batch.end = cursor.next;
        batch.passes_ = true;
        batch.text.append(read::kReadableBehind, '\0');
        return batch;
    }
    bool fresh = is_new(cursor);
    Position at = cursor.next;
    std::uint64_t looked_at = 0;
    while (looked_at < kMostRead) {
        const auto frame = catalog_.at_or_after(cursor.run, at.sequence);
        if (!frame || !old_enough(*frame, clock_, rules_.delay)) break;
        if (frame->sequence > at.sequence) {
            const std::chrono::nanoseconds seen_for(clock_.monotonic_ns() - frame->seen_ns);
            if (!fresh && seen_for < kGapPatience) break;
            batch.gaps.push_back({at.sequence, frame->sequence - at.sequence});
            if (!fresh) batch.gaps_counted += frame->sequence - at.sequence;
            at = {frame->sequence, 0};
            batch.passes_ = true;
        }
        fresh = false;
        looked_at += frame->raw_bytes;
        const Taken taken = take_frame(cursor, *frame, at, batch);
        batch.end = at;
        if (taken != Taken::whole) break;
        batch.passes_ = true;
        if (cursor.under_way && at >= *cursor.under_way && !batch.events.empty()) break;
        if (full(batch, 1)) break;
    }
    batch.text.append(read::kReadableBehind, '\0');
    return batch;
}

/// Of the numbers that the cursor passed as missing, some that are there by now.
std::optional<Gap> Packer::filled_gap(const Cursor& cursor) const {
    for (const Gap& gap : cursor.gaps) {
        const auto frame = catalog_.at_or_after(cursor.run, gap.first);
        if (frame && frame->sequence >= gap.first && frame->sequence < gap.first + gap.count)
            return Gap{frame->sequence, frame->sequences};
    }
    return std::nullopt;
}

bool Packer::full(const Batch& batch, std::size_t more) const {
    if (batch.events.empty()) return false;
    return batch.events.size() >= rules_.events || batch.text.size() + more > rules_.bytes;
}

/// `at` is in the frame, or before event 0 of it; afterwards it is where the batch ends.
Packer::Taken Packer::take_frame(const Cursor& cursor, const CatalogFrame& frame, Position& at, Batch& batch) {
    const bool merged = frame.sequence < at.sequence;  // The place is somewhere in the middle.
    // Merged since this batch began: the place in it is found by the next one, whose cursor is at its end.
    if (merged && at != cursor.next) return Taken::full;
    const bool too_old = frame.greatest_time < rules_.start_us;
    bool left_out = false;
    const auto read =
        lines_.read(catalog_.path_of(frame), cursor.run, frame, [&](const journal_files::FrameIndex& index) {
            left_out = !merged && (too_old || !chooser_.may_have_any(index));
            return !left_out;
        });
    if (read.kind != FrameLines::Read::Kind::lines) {
        if (read.kind == FrameLines::Read::Kind::damaged && std::exchange(suspect_, frame.hash) == frame.hash) {
            pass_damage(frame, read.sentence, at, batch);
            return Taken::whole;
        }
        if (on_moved_) on_moved_();
        return Taken::moved;
    }
    std::uint64_t first = at.events;
    bool found = true;
    if (merged) first = place_of(cursor, read.lines, found);
    batch.end_frame_hash = frame.hash;
    if (left_out) {
        batch.skipped += frame.events - std::min<std::uint64_t>(first, frame.events);
        at = {frame.end(), 0};
        return Taken::whole;
    }
    const std::uint64_t stop =
        cursor.under_way && cursor.under_way->sequence == frame.sequence && cursor.under_way->events > first
            ? cursor.under_way->events
            : UINT64_MAX;
    std::uint64_t number = 0;
    bool whole = true;
    read::for_each_line(read.lines, [&](std::string_view line) {
        if (!whole || number < first) {
            if (whole) ++number;
            return;
        }
        const std::string from_letter = rules_.letters ? event_of_dead_letter(line) : std::string();
        const std::string_view event = rules_.letters ? std::string_view(from_letter) : without_end(line);
        const bool taken = !too_old && chooser_.takes(line);
        if (number >= stop || (taken && full(batch, event.size() + 1))) {
            whole = false;
            return;
        }
        if (taken) {
            batch.oldest_time = std::min(batch.oldest_time, frame.least_time);
            batch.events.push_back({batch.text.size(), static_cast<std::uint32_t>(event.size()), !found, batch.skipped,
                                    Position{frame.sequence, number}, frame.hash});
            batch.text.append(event).push_back('\n');
        } else {
            ++batch.skipped;
        }
        ++number;
    });
    at = whole ? Position{frame.end(), 0} : Position{frame.sequence, number};
    return whole ? Taken::whole : Taken::full;
}

/// How many of a merged frame's events are passed, by the last event of which the id is known.
std::uint64_t Packer::place_of(const Cursor& cursor, std::string_view lines, bool& found) const {
    found = false;
    if (cursor.last_event.empty()) return 0;
    std::uint64_t number = 0;
    std::uint64_t place = 0;
    read::for_each_line(lines, [&](std::string_view line) {
        ++number;
        if (found || line.find(cursor.last_event) == std::string_view::npos) return;
        if (event_id_of(line) != cursor.last_event) return;
        found = true;
        place = number + cursor.after_last;
    });
    return std::min(place, number);
}

void Packer::pass_damage(const CatalogFrame& frame, const std::string& sentence, Position& at, Batch& batch) {
    suspect_ = 0;
    const std::uint64_t passed = frame.sequence == at.sequence ? at.events : 0;
    batch.lost += frame.events - std::min<std::uint64_t>(passed, frame.events);
    ++batch.damaged_frames;
    batch.problem = sentence;
    at = {frame.end(), 0};
}

}  // namespace wideline::delivery
