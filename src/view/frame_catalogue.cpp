#include "view/frame_catalogue.hpp"

#include <algorithm>
#include <cerrno>

#include "read/seen_frames.hpp"
#include "read/segment_list.hpp"

namespace wideline::view {
namespace {

using read::Piece;

Frame frame_of(const Piece& piece, const std::shared_ptr<const std::string>& path, read::FrameFactsReader& reader) {
    Frame frame;
    static_cast<read::FrameFacts&>(frame) =
        piece.index != nullptr ? read::facts_of(*piece.index) : reader.of(piece.lines);
    frame.path = path;
    frame.offset = piece.index != nullptr ? piece.index_offset : piece.offset;
    frame.indexed = piece.index != nullptr;
    if (frame.indexed) {
        frame.stream = piece.index->stream;
        frame.sequence = piece.index->sequence;
        frame.sequences = piece.index->sequences;
        if (!piece.index->lost.empty()) frame.lost = std::make_shared<const std::vector<LostEvents>>(piece.index->lost);
    }
    return frame;
}

void add_frame(std::vector<Frame>& frames, Frame frame) {
    if (frame.indexed || frames.empty() || frames.back().indexed) return frames.push_back(std::move(frame));
    Frame& last = frames.back();
    last.events += frame.events;
    last.errors += frame.errors;
    last.weight += frame.weight;
    last.least_time = std::min(last.least_time, frame.least_time);
    last.greatest_time = std::max(last.greatest_time, frame.greatest_time);
}

}  // namespace

FrameCatalogue::FrameCatalogue(platform::FileSystem& files, std::vector<std::string> paths)
    : files_(files), paths_(std::move(paths)) {}

std::shared_ptr<const Snapshot> FrameCatalogue::refresh() {
    const std::lock_guard lock(mutex_);
    for (auto& [path, segment] : segments_) segment.listed = false;
    std::vector<std::string> problems;
    bool changed = false;
    for (const std::string& path : list(problems)) changed |= refresh_segment(path, problems);
    changed |= std::erase_if(segments_, [](const auto& entry) { return !entry.second.listed; }) != 0;
    if (changed || !last_ || problems != last_problems_) {
        last_problems_ = problems;
        last_ = snapshot(std::move(problems));
    }
    return last_;
}

std::vector<std::string> FrameCatalogue::list(std::vector<std::string>& problems) {
    std::vector<std::string> all;
    for (const std::string& path : paths_) {
        const auto found = read::segments_at(files_, path);
        if (found.ok())
            all.insert(all.end(), found.value().begin(), found.value().end());
        else
            problems.push_back(found.failure().sentence());
    }
    return all;
}

bool FrameCatalogue::refresh_segment(const std::string& path, std::vector<std::string>& problems) {
    Segment& segment = segments_[path];
    if (segment.listed) return false;  // Two of the paths name it.
    segment.listed = true;
    const auto change = segment.file.look(files_, path);
    if (!change.ok()) {
        if (change.failure().error_number != ENOENT) problems.push_back(change.failure().sentence());
        segment.listed = false;
        return false;
    }
    if (change.value() == read::FollowedFile::Change::none) return false;
    if (change.value() == read::FollowedFile::Change::replaced) {  // New, merged, cut, or written anew.
        segment.frames.clear();
        segment.problems.clear();
        segment.path = std::make_shared<const std::string>(path);
    }
    read_new(segment);
    return true;
}

void FrameCatalogue::read_new(Segment& segment) {
    auto opened = read::SegmentReader::open(files_, *segment.path, segment.file.read_up_to());
    segment.open_end.clear();
    if (!segment.file.is_still_at(files_, *segment.path)) return;  // Looked at the next time.
    // One too large to hold was counted, and not read up to its end: it is read once more.
    std::erase_if(segment.frames, [&](const Frame& frame) { return frame.offset >= segment.file.read_up_to(); });
    if (!opened.ok()) {
        segment.open_end = opened.failure().sentence();
        return;
    }
    read::SegmentReader& reader = *opened.value();
    reader.set_wanted([](const auto&) { return false; });
    read::FrameFactsReader facts;
    // Pieces of a frame that is read as a stream do not say where it begins.
    std::uint64_t boundary = segment.file.read_up_to();
    bool half_a_line = false;
    while (const auto piece = reader.next()) {
        if (piece->kind == Piece::Kind::damage) {
            segment.open_end = read::damage_sentence(*segment.path, *piece);
            continue;
        }
        half_a_line = piece->kind == Piece::Kind::lines && !piece->lines.ends_with('\n');
        if (half_a_line) break;
        // Behind damage there is a whole frame, so nobody will finish what is damaged.
        if (!segment.open_end.empty() && segment.problems.size() < kMostProblems)
            segment.problems.push_back(segment.open_end);
        segment.open_end.clear();
        if (piece->kind != Piece::Kind::skippable) {
            Frame frame = frame_of(*piece, segment.path, facts);
            if (piece->bytes == 0) frame.offset = boundary;
            add_frame(segment.frames, std::move(frame));
        }
        if (piece->bytes != 0) boundary = piece->offset + piece->bytes;
    }
    segment.file.set_read_up_to(half_a_line || !segment.open_end.empty() ? boundary : reader.position());
}

std::shared_ptr<const Snapshot> FrameCatalogue::snapshot(std::vector<std::string> problems) const {
    auto made = std::make_shared<Snapshot>();
    made->version = last_ ? last_->version + 1 : 1;
    read::SeenFrames seen;
    journal_files::FrameIndex numbers;
    for (const auto& [path, segment] : segments_) {
        problems.insert(problems.end(), segment.problems.begin(), segment.problems.end());
        if (!segment.open_end.empty()) problems.push_back(segment.open_end);
        for (const Frame& frame : segment.frames) {
            numbers.stream = frame.stream;
            numbers.sequence = frame.sequence;
            numbers.sequences = frame.sequences;
            if (seen.has(numbers)) continue;
            seen.add(numbers);
            made->frames.push_back(frame);
        }
    }
    std::stable_sort(made->frames.begin(), made->frames.end(),
                     [](const Frame& a, const Frame& b) { return a.greatest_time > b.greatest_time; });
    if (problems.size() > kMostProblems) {
        const std::size_t more = problems.size() - kMostProblems;
        problems.resize(kMostProblems);
        problems.push_back("and " + std::to_string(more) + " more");
    }
    made->problems = std::move(problems);
    return made;
}

}  // namespace wideline::view
