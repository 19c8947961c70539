// While a path leads to the same file, reading goes on behind the last whole frame; where it leads to another (a merge
// was renamed over it), the new file is read from its beginning, and frames that were seen are skipped by their index.
// A torn end is what a writer is about to finish: nothing is said of it.
#include "read/segment_follower.hpp"

#include <algorithm>
#include <cerrno>
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
    const auto change = segment.file.look(files_, path);
    if (!change.ok()) return complain_of(path, change.failure(), handlers);
    if (change.value() != FollowedFile::Change::none) read_new(path, segment.file, handlers);
}

void SegmentFollower::read_new(const std::string& path, FollowedFile& file, const Handlers& handlers) {
    auto opened = SegmentReader::open(files_, path, file.read_up_to());
    if (!file.is_still_at(files_, path)) return;  // Looked at the next time.
    if (!opened.ok()) {
        file = FollowedFile();
        return complain_of(path, opened.failure(), handlers);
    }
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
        file.set_read_up_to(piece->offset + piece->bytes);
    }
}

void SegmentFollower::complain_of(const std::string& path, const platform::Failure& failure, const Handlers& handlers) {
    // Retention deleted it since its directory was listed.
    const bool was_named = std::find(paths_.begin(), paths_.end(), path) != paths_.end();
    if (failure.error_number == ENOENT && !was_named) return;
    complain_once(failure.sentence(), handlers);
}

void SegmentFollower::complain_once(const std::string& sentence, const Handlers& handlers) {
    if (complained_.insert(sentence).second) handlers.complain(sentence);
}

}  // namespace wideline::read
