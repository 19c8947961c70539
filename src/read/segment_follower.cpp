// While a path leads to the same file, reading goes on behind the last whole frame; where it leads to another (a merge
// was renamed over it), the new file is read from its beginning, and frames that were seen are skipped by their index.
// A torn end is what a writer is about to finish: nothing is said of it.
//
// Between two looks a segment may get its last frames, be closed, and be merged or deleted. Those frames are read from
// the file as it was, which is held open for that; else they would be lost, or come in a merged frame together with
// others that came before. Only what a process is writing is held, which are few: not whole journals, and no deleted
// file for longer than until the next look.
#include "read/segment_follower.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>

#include "read/segment_list.hpp"

namespace wideline::read {

void SegmentFollower::poll(const Handlers& handlers) {
    for (auto& [path, segment] : segments_) segment.listed = false;
    const std::vector<std::string> listed = list(handlers);
    for (const std::string& path : listed) segments_[path].listed = true;
    // The deleted ones first, for they are older.
    for (auto& [path, segment] : segments_)
        if (!segment.listed) read_rest(path, segment, handlers);
    for (const std::string& path : listed) poll_segment(path, handlers);
    std::erase_if(segments_, [](const auto& entry) { return !entry.second.listed; });
}

std::vector<std::string> SegmentFollower::list(const Handlers& handlers) {
    std::vector<std::string> all;
    for (const std::string& path : paths_) {
        const auto found = segments_at(files_, path);
        if (!found.ok()) {
            complain_once(found.failure().sentence(), handlers);
            continue;
        }
        all.insert(all.end(), found.value().begin(), found.value().end());
    }
    return all;
}

void SegmentFollower::poll_segment(const std::string& path, const Handlers& handlers) {
    using Change = FollowedFile::Change;
    Segment& segment = segments_[path];
    // Before the look: what is written no more and has not grown is read to its end.
    const auto locked = segment.written ? segment.written->locked_by_other() : platform::Result<bool>(false);
    const auto change = segment.file.look(files_, path);
    if (!change.ok() || change.value() == Change::replaced) read_rest(path, segment, handlers);
    if (!change.ok()) return complain_of(path, change.failure(), handlers);
    if (change.value() != Change::none) return read_new(path, segment, handlers);
    if (!locked.ok() || !locked.value()) segment.written.reset();
}

void SegmentFollower::read_new(const std::string& path, Segment& segment, const Handlers& handlers) {
    auto opened = SegmentReader::open(files_, path, segment.file.read_up_to());
    if (!segment.file.is_still_at(files_, path)) return;  // Looked at the next time.
    if (!opened.ok()) {
        segment.file = FollowedFile();
        return complain_of(path, opened.failure(), handlers);
    }
    SegmentReader& reader = *opened.value();
    const bool more_may_come = reader.is_being_written();  // Asked first: else it was all there when it is read.
    segment.written_at = read_from(reader, segment.file.read_up_to(), handlers);
    segment.file.set_read_up_to(segment.written_at);
    segment.written = more_may_come ? reader.release(segment.written_at) : nullptr;
}

/// What a file got before it was replaced or deleted.
void SegmentFollower::read_rest(const std::string& path, Segment& segment, const Handlers& handlers) {
    if (!segment.written) return;
    const auto opened = SegmentReader::resume(std::move(segment.written), path, segment.written_at);
    if (opened.ok()) (void)read_from(*opened.value(), segment.written_at, handlers);
}

/// Gives where the last whole frame ends; `offset` where there is none.
std::uint64_t SegmentFollower::read_from(SegmentReader& reader, std::uint64_t offset, const Handlers& handlers) {
    reader.set_wanted([&](const journal_files::FrameIndex& index) {
        return !seen_.has(index) && (!handlers.wanted || handlers.wanted(index));
    });
    std::optional<std::string> damage;
    while (const auto piece = reader.next()) {
        if (piece->kind == Piece::Kind::damage) {
            damage = reader.path() + " at byte " + std::to_string(piece->offset) + ": " + piece->reason;
            continue;
        }
        if (piece->kind == Piece::Kind::lines && handlers.growing && !piece->lines.ends_with('\n'))
            return take_whole_lines(*piece, handlers).value_or(offset);
        // Behind damage there is a whole frame, so nobody will finish what is damaged.
        if (damage) complain_once(*damage, handlers);
        damage.reset();
        const bool taken = piece->kind == Piece::Kind::lines;
        if (taken && !(piece->index != nullptr && seen_.has(*piece->index))) handlers.take(*piece);
        if (piece->index != nullptr) seen_.add(*piece->index);
        offset = piece->offset + piece->bytes;
    }
    if (damage && !handlers.growing && !reader.is_being_written()) complain_once(*damage, handlers);
    return offset;
}

void SegmentFollower::complain_of(const std::string& path, const platform::Failure& failure, const Handlers& handlers) {
    // Retention deleted it since its directory was listed.
    const bool was_named = std::find(paths_.begin(), paths_.end(), path) != paths_.end();
    if (failure.error_number == ENOENT && !was_named) return;
    complain_once(failure.sentence(), handlers);
}

/// Of the end of a plain file: half a line is left for the next time. Gives where it begins.
std::optional<std::uint64_t> SegmentFollower::take_whole_lines(Piece piece, const Handlers& handlers) {
    const std::size_t newline = piece.lines.rfind('\n');
    if (newline == std::string_view::npos) return std::nullopt;
    piece.lines = piece.lines.substr(0, newline + 1);
    handlers.take(piece);
    return piece.offset + piece.lines.size();
}

void SegmentFollower::complain_once(const std::string& sentence, const Handlers& handlers) {
    if (complained_.insert(sentence).second) handlers.complain(sentence);
}

}  // namespace wideline::read
