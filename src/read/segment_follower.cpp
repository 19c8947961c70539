// A segment is known by its open file. While the path leads to that file, reading goes on behind the last whole frame;
// where it leads to another (a merge was renamed over it), the new file is read from its beginning, and frames that
// were seen are skipped by their index. A torn end is what a writer is about to finish: nothing is said of it.
#include "read/segment_follower.hpp"

#include <optional>

#include "read/segment_list.hpp"

namespace wideline::read {

void SegmentFollower::poll(const Handlers& handlers) {
    for (auto& [path, segment] : segments_) segment.listed = false;
    for (const std::string& path : list(handlers)) poll_segment(path, handlers);
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
    Segment& segment = segments_[path];
    segment.listed = true;
    if (segment.held) {
        const auto state = segment.held->state();
        if (!state.ok() || !state.value().in_place || state.value().bytes < segment.read_up_to) {
            segment = Segment{};
            segment.listed = true;
        } else if (state.value().bytes == segment.bytes) {
            return;
        }
    }
    if (!segment.held) {
        auto opened = files_.open(path);
        if (!opened.ok()) return complain_once(opened.failure().sentence(), handlers);
        segment.held = std::move(opened.value());
    }
    // Before it is read: what is appended meanwhile is looked at the next time.
    const auto state = segment.held->state();
    segment.bytes = state.ok() ? state.value().bytes : 0;
    read_new(path, segment, handlers);
}

void SegmentFollower::read_new(const std::string& path, Segment& segment, const Handlers& handlers) {
    auto opened = SegmentReader::open(files_, path, segment.read_up_to);
    // Asked after opening: another file may have been renamed over it, in which that offset means nothing.
    const auto state = segment.held->state();
    if (!state.ok() || !state.value().in_place) return;
    if (!opened.ok()) return complain_once(opened.failure().sentence(), handlers);
    SegmentReader& reader = *opened.value();
    reader.set_wanted([&](const journal_files::FrameIndex& index) {
        return !seen_.has(index) && (!handlers.wanted || handlers.wanted(index));
    });
    std::optional<std::string> damage;
    while (const auto piece = reader.next()) {
        if (piece->kind == Piece::Kind::damage) {
            damage = path + " at byte " + std::to_string(piece->offset) + ": " + piece->reason;
            continue;
        }
        if (piece->kind == Piece::Kind::lines && !piece->lines.ends_with('\n')) break;  // Half a line of a plain file.
        // Behind damage there is a whole frame, so nobody will finish what is damaged.
        if (damage) complain_once(*damage, handlers);
        damage.reset();
        const bool taken = piece->kind == Piece::Kind::lines;
        if (taken && !(piece->index != nullptr && seen_.has(*piece->index))) handlers.take(*piece);
        if (piece->index != nullptr) seen_.add(*piece->index);
        segment.read_up_to = piece->offset + piece->bytes;
    }
}

void SegmentFollower::complain_once(const std::string& sentence, const Handlers& handlers) {
    if (complained_.insert(sentence).second) handlers.complain(sentence);
}

}  // namespace wideline::read
