#include "read/segment_check.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "encoding/json_time.hpp"
#include "journal/line_pairs.hpp"
#include "journal/lost_section.hpp"
#include "journal/pair_filter.hpp"
#include "read/lines.hpp"

namespace wideline::read {

using journal_files::FrameIndex;

namespace {

/// As a subject with its verb: "frame 7 is", "frames 7 to 9 are".
std::string frames_named(std::uint64_t first, std::uint64_t count) {
    if (count == 1) return "frame " + std::to_string(first) + " is";
    return "frames " + std::to_string(first) + " to " + std::to_string(first + count - 1) + " are";
}

std::string run_name(std::uint64_t stream) {
    char hex[17];
    std::snprintf(hex, sizeof hex, "%016llx", static_cast<unsigned long long>(stream));
    return hex;
}

std::string time_named(std::int64_t microseconds) {
    if (!json_text::is_writable_time(microseconds)) return "an unknown time";
    char text[json_text::kTimeBound];
    char* const end = json_text::write_time(text, microseconds);
    return std::string(text + 1, end - 1);  // Without its quotes.
}

}  // namespace

SegmentFindings SegmentCheck::check(SegmentReader& segment, const Report& report) {
    findings_ = {};
    report_ = &report;
    frames_.clear();
    offsets_known_ = true;
    unnumbered_ = false;
    while (const auto piece = segment.next()) check_piece(*piece);
    // Another program's file has no indexes at all; in one of ours each frame has its own.
    const std::uint64_t later = std::min(findings_.indexes_of_later_form, findings_.without_index);
    const std::uint64_t lost = findings_.without_index - later;
    if (lost != 0 && findings_.without_index != findings_.frames)
        problem(0, (lost == 1 ? "1 frame has" : std::to_string(lost) + " frames have") +
                       std::string(" no usable index; wideline recover makes them anew"));
    return findings_;
}

void SegmentCheck::expect_gap() {
    for (auto& [stream, run] : runs_) run.gap_expected = true;
}

void SegmentCheck::check_piece(const Piece& piece) {
    if (piece.kind == Piece::Kind::damage) {
        offsets_known_ = false;
        return problem(piece.offset, piece.reason + " (" + std::to_string(piece.bytes) + " bytes)");
    }
    if (std::exchange(findings_.closed, false))
        problem(piece.offset, "the seek table is followed by more, so programs that seek do not find it");
    if (piece.kind == Piece::Kind::skippable) return check_skippable(piece);
    check_lines(piece);
}

void SegmentCheck::check_lines(const Piece& piece) {
    const FrameFacts facts = facts_.of(piece.lines);
    ++findings_.frames;
    findings_.events += facts.events;
    findings_.errors += facts.errors;
    if (facts.bad_lines != 0) problem(piece.offset, are_no_objects(facts.bad_lines));
    if (piece.index == nullptr) {
        ++findings_.without_index;
        unnumbered_ = true;
    } else {
        frames_.push_back({static_cast<std::uint32_t>(piece.offset - piece.index_offset), 0});
        check_index(piece, facts);
        check_filter(piece);
        check_sequence(piece);
    }
    frames_.push_back({static_cast<std::uint32_t>(piece.bytes), static_cast<std::uint32_t>(piece.lines.size())});
}

void SegmentCheck::check_index(const Piece& piece, const FrameFacts& facts) {
    const FrameIndex& index = *piece.index;
    journal_files::add(index.lost, findings_.lost);
    for (const LostEvents& one : index.lost)
        if (one.errors > one.events)
            problem(piece.index_offset, "the index says that more errors were lost than events");
    const auto at = piece.index_offset;
    const auto differs = [&](const std::string& what, std::uint64_t says, std::uint64_t is) {
        if (says != is)
            problem(at, "the index says " + std::to_string(says) + " " + what + ", and the frame has " +
                            std::to_string(is));
    };
    if (!piece.frame.empty() && journal_files::hash_of(piece.frame) != index.hash)
        problem(at, "the index's hash is not that of its frame");
    differs("events", index.events, facts.events);
    differs("errors", index.errors, facts.errors);
    differs("raw bytes", index.raw_bytes, piece.lines.size());
    if (std::abs(index.weight - facts.weight) > 1e-6 * std::max(1.0, std::abs(facts.weight)))
        problem(at, "the index says that the weights sum to " + std::to_string(index.weight) +
                        ", and in the frame it is " + std::to_string(facts.weight));
    if (facts.any_time() && (index.least_time != facts.least_time || index.greatest_time != facts.greatest_time))
        problem(at, "the index's span of time is not that of the frame's events");
}

void SegmentCheck::check_filter(const Piece& piece) {
    const std::string& filter = piece.index->pair_filter;
    if (filter.empty()) return;
    pairs_.clear();
    if (!journal_files::append_pairs_of_lines(pairs_, piece.lines)) return;
    const auto denied = std::count_if(pairs_.begin(), pairs_.end(), [&filter](std::uint64_t pair) {
        return !journal_files::filter_may_contain(filter, pair);
    });
    if (denied != 0)
        problem(piece.index_offset,
                "the index's filter denies " + std::to_string(denied) + " pairs that the frame has");
}

void SegmentCheck::check_sequence(const Piece& piece) {
    const FrameIndex& index = *piece.index;
    if (index.stream == 0) return;
    const auto [run, first] = runs_.try_emplace(index.stream, Run{index.sequence, index.greatest_time, false});
    Run& known = run->second;
    // Nobody knows which numbers the frames had that have no index: they may be the missing ones.
    if (index.sequence > known.next && !unnumbered_ && !known.gap_expected)
        problem(piece.index_offset, frames_named(known.next, index.sequence - known.next) + " missing of run " +
                                        run_name(index.stream) + ", between " + time_named(known.last_time) + " and " +
                                        time_named(index.least_time));
    if (index.sequence < known.next)
        problem(piece.index_offset, frames_named(index.sequence, index.sequences) + " here again or too late, of run " +
                                        run_name(index.stream));
    known.next = std::max(known.next, index.sequence + index.sequences);
    known.last_time = index.greatest_time;
    known.gap_expected = false;
    unnumbered_ = false;
}

void SegmentCheck::check_skippable(const Piece& piece) {
    if (piece.magic == journal_files::kSeekTableMagic) {
        const auto table = journal_files::decode_seek_table(piece.payload);
        if (!table)
            problem(piece.offset, "the seek table is damaged");
        else if (offsets_known_ && *table != frames_)
            problem(piece.offset, "the seek table does not describe the frames before it");
        findings_.closed = true;
    } else if (!piece.reason.empty()) {
        ++findings_.indexes_of_later_form;
    } else {
        problem(piece.offset, "a skippable frame of another program (" + std::to_string(piece.bytes) + " bytes)");
    }
    frames_.push_back({static_cast<std::uint32_t>(piece.bytes), 0});
}

void SegmentCheck::problem(std::uint64_t offset, const std::string& sentence) {
    ++findings_.problems;
    (*report_)(offset, sentence);
}

}  // namespace wideline::read
