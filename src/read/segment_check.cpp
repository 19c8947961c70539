#include "read/segment_check.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "read/time_text.hpp"

namespace wideline::read {

using journal_files::FrameIndex;

struct SegmentCheck::Facts {
    std::uint64_t events = 0;
    std::uint64_t errors = 0;
    std::uint64_t bad_lines = 0;
    double weight = 0;
    std::int64_t least_time = std::numeric_limits<std::int64_t>::max();
    std::int64_t greatest_time = std::numeric_limits<std::int64_t>::min();
};

SegmentCheck::SegmentCheck() : line_({"timestamp", "outcome", "sample_weight"}) {}

SegmentFindings SegmentCheck::check(SegmentReader& segment, const Report& report) {
    findings_ = {};
    report_ = &report;
    frames_.clear();
    offsets_known_ = true;
    while (const auto piece = segment.next()) check_piece(*piece);
    // Another program's file has no indexes at all; in one of ours each frame has its own.
    if (findings_.without_index != 0 && findings_.without_index != findings_.frames)
        problem(0, std::to_string(findings_.without_index) + " frames have no usable index");
    return findings_;
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
    const Facts facts = facts_of(piece);
    ++findings_.frames;
    findings_.events += facts.events;
    findings_.errors += facts.errors;
    if (facts.bad_lines != 0)
        problem(piece.offset, std::to_string(facts.bad_lines) + " lines of the frame are no JSON objects");
    if (piece.index == nullptr) {
        ++findings_.without_index;
    } else {
        frames_.push_back({static_cast<std::uint32_t>(piece.offset - piece.index_offset), 0});
        check_index(piece, facts);
        check_sequence(piece);
    }
    frames_.push_back({static_cast<std::uint32_t>(piece.bytes), static_cast<std::uint32_t>(piece.lines.size())});
}

SegmentCheck::Facts SegmentCheck::facts_of(const Piece& piece) {
    Facts facts;
    for (std::string_view rest = piece.lines; !rest.empty();) {
        const std::size_t newline = rest.find('\n');
        const std::string_view line = rest.substr(0, newline);
        rest.remove_prefix(newline == std::string_view::npos ? rest.size() : newline + 1);
        ++facts.events;
        if (!line_.read(line)) {
            ++facts.bad_lines;
            continue;
        }
        const auto values = line_.values();
        if (!values[1].empty() && values[1] != "\"success\"") ++facts.errors;
        facts.weight += number_of(values[2]).value_or(1);
        const auto time =
            values[0].size() < 2 ? std::nullopt : parse_rfc3339(values[0].substr(1, values[0].size() - 2));
        if (!time) continue;
        facts.least_time = std::min(facts.least_time, static_cast<std::int64_t>(time->time_since_epoch().count()));
        facts.greatest_time =
            std::max(facts.greatest_time, static_cast<std::int64_t>(time->time_since_epoch().count()));
    }
    return facts;
}

void SegmentCheck::check_index(const Piece& piece, const Facts& facts) {
    const FrameIndex& index = *piece.index;
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
    const bool any_time = facts.least_time <= facts.greatest_time;
    if (any_time && (index.least_time != facts.least_time || index.greatest_time != facts.greatest_time))
        problem(at, "the index's span of time is not that of the frame's events");
}

void SegmentCheck::check_sequence(const Piece& piece) {
    const FrameIndex& index = *piece.index;
    const auto [expected, first] = next_sequence_.try_emplace(index.stream, index.sequence);
    if (!first && index.sequence > expected->second)
        problem(piece.index_offset, std::to_string(index.sequence - expected->second) +
                                        " frames are missing before frame " + std::to_string(index.sequence) +
                                        " of this run");
    if (index.sequence < expected->second)
        problem(piece.index_offset, "frame " + std::to_string(index.sequence) + " of this run comes again or too late");
    expected->second = std::max(expected->second, index.sequence + 1);
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
