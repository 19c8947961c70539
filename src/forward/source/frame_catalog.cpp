#include "forward/source/frame_catalog.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "forward/progress/cursor_file.hpp"
#include "journal/segment_name.hpp"
#include "read/segment_reader.hpp"

namespace wideline::delivery {
namespace {

using read::Piece;

std::uint32_t clipped(std::uint64_t number) {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(number, std::numeric_limits<std::uint32_t>::max()));
}

bool is_segment(const platform::DirectoryEntry& entry) {
    return !entry.directory && !entry.name.starts_with('.') && entry.name.ends_with(journal_files::kSegmentSuffix);
}

}  // namespace

std::string run_name(std::uint64_t stream) { return fmt::format("{:016x}", stream); }

platform::Status FrameCatalog::look(Depth depth) {
    // Asked before the listing: what changes meanwhile is seen the next time.
    const auto state = files_.state(directory_);
    if (!state.ok()) return state.failure();
    if (depth == Depth::all || state.value().changed != directory_changed_) {
        const auto entries = files_.list(directory_);
        if (!entries.ok()) return entries.failure();
        for (auto& [name, segment] : segments_) segment.listed = false;
        for (const platform::DirectoryEntry& entry : entries.value()) {
            if (!is_segment(entry)) continue;
            auto [at, is_new] = segments_.try_emplace(entry.name);
            at->second.listed = true;
            if (!is_new) continue;
            at->second.name = entry.name;
            at->second.number = ++next_number_;
        }
        for (const auto& [name, segment] : segments_)
            if (!segment.listed) forget(segment.number);
        std::erase_if(segments_, [](const auto& entry) { return !entry.second.listed; });
        depth = Depth::all;
        directory_changed_ = state.value().changed;
    }
    std::vector<std::pair<journal_files::SegmentOrder, Segment*>> order;
    for (auto& [name, segment] : segments_)
        if (depth == Depth::all || segment.written) order.emplace_back(journal_files::segment_order(name), &segment);
    std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [name, segment] : order) look_at(*segment);
    return {};
}

void FrameCatalog::look_at(Segment& segment) {
    using Change = read::FollowedFile::Change;
    const std::string path = directory_ + "/" + segment.name;
    const auto change = segment.file.look(files_, path);
    if (!change.ok()) {
        directory_changed_ = -1;  // Deleted since it was listed.
        return;
    }
    if (change.value() == Change::replaced) {
        forget(segment.number);
        segment.unnumbered = 0;
        segment.number = ++next_number_;
        segment.written = true;
    } else if (change.value() == Change::none && !segment.written) {
        return;
    }
    std::vector<Found> found;
    scan(segment, found);
    const std::lock_guard lock(mutex_);
    names_[segment.number] = segment.name;
    if (found.empty()) return;
    ++version_;
    for (const Found& one : found) add(runs_[one.run], one.frame);
}

/// Notes what lies after what was read, up to the end of the last whole frame.
void FrameCatalog::scan(Segment& segment, std::vector<Found>& found) {
    const std::string path = directory_ + "/" + segment.name;
    const auto opened = read::SegmentReader::open(files_, path, segment.file.read_up_to());
    if (!segment.file.is_still_at(files_, path)) {
        segment.file = read::FollowedFile();
        return;
    }
    if (!opened.ok()) return complain(opened.failure().sentence());
    read::SegmentReader& reader = *opened.value();
    segment.written = reader.is_being_written();  // Asked first: else all was there when it is read.
    reader.set_wanted([](const journal_files::FrameIndex&) { return false; });
    std::string damage;
    while (const auto piece = reader.next()) {
        if (piece->kind == Piece::Kind::damage) {
            damage = read::damage_sentence(path, *piece);
            continue;
        }
        // A whole frame follows, so no process will finish what is damaged.
        if (!damage.empty()) complain(std::exchange(damage, {}));
        note_piece(segment, *piece, found);
        segment.file.set_read_up_to(piece->offset + piece->bytes);
    }
    if (!damage.empty() && !segment.written) complain(damage);
}

void FrameCatalog::note_piece(Segment& segment, const Piece& piece, std::vector<Found>& found) {
    Found one;
    one.frame.segment = segment.number;
    one.frame.seen_ns = clock_.monotonic_ns();
    if (piece.index != nullptr) {
        const journal_files::FrameIndex& index = *piece.index;
        one.frame.offset = piece.index_offset;
        one.frame.hash = index.hash;
        one.frame.least_time = index.least_time;
        one.frame.greatest_time = index.greatest_time;
        one.frame.events = clipped(index.events);
        one.frame.compressed_bytes = clipped(index.compressed_bytes);
        one.frame.raw_bytes = clipped(index.raw_bytes);
        if (index.stream != 0) {
            one.run = run_name(index.stream);
            one.frame.sequence = index.sequence;
            one.frame.sequences = clipped(std::max<std::uint64_t>(index.sequences, 1));
            found.push_back(std::move(one));
            return;
        }
    } else if (piece.kind == Piece::Kind::lines && !piece.frame.empty()) {
        one.frame.offset = piece.offset;
        one.frame.hash = journal_files::hash_of(piece.frame);
        one.frame.events =
            clipped(static_cast<std::uint64_t>(std::count(piece.lines.begin(), piece.lines.end(), '\n')));
        one.frame.compressed_bytes = clipped(piece.frame.size());
        one.frame.raw_bytes = clipped(piece.lines.size());
        one.frame.greatest_time = std::numeric_limits<std::int64_t>::max();  // Not known: never older than a start.
    } else {
        return;
    }
    one.run = std::string(kNamePrefix) + segment.name;
    one.frame.sequence = segment.unnumbered++;
    found.push_back(std::move(one));
}

void FrameCatalog::forget(std::uint32_t segment) {
    const std::lock_guard lock(mutex_);
    ++version_;
    names_.erase(segment);
    const auto is_of_it = [&](const CatalogFrame& frame) { return frame.segment == segment; };
    for (auto run = runs_.begin(); run != runs_.end();) {
        Run& one = run->second;
        const std::size_t erased = std::erase_if(one.frames, [&](const Entry& e) { return is_of_it(e.frame); });
        std::erase_if(one.spares, is_of_it);
        if (erased != 0) {
            sum_from(one, 0);
            const auto spares = std::exchange(one.spares, {});
            for (const CatalogFrame& spare : spares) add(one, spare);
        }
        if (erased != 0) one.version = version_;
        run = one.frames.empty() ? runs_.erase(run) : std::next(run);
    }
}

void FrameCatalog::add(Run& run, const CatalogFrame& frame) {
    run.version = version_;
    const auto ends_before = [](const Entry& entry, std::uint64_t sequence) { return entry.frame.end() <= sequence; };
    const auto first = std::lower_bound(run.frames.begin(), run.frames.end(), frame.sequence, ends_before);
    auto last = first;
    while (last != run.frames.end() && last->frame.sequence < frame.end()) ++last;
    bool smaller = true;  // All that overlap lie within the new one, and there is more in it.
    std::uint64_t covered = 0;
    for (auto at = first; at != last; ++at) {
        smaller = smaller && at->frame.sequence >= frame.sequence && at->frame.end() <= frame.end();
        covered += at->frame.sequences;
    }
    const bool same_numbers = smaller && covered == frame.sequences;
    if (first != last && (!smaller || same_numbers)) {
        run.spares.push_back(frame);
        return;
    }
    for (auto at = first; at != last; ++at) run.spares.push_back(at->frame);
    const auto index = static_cast<std::size_t>(first - run.frames.begin());
    run.frames.erase(first, last);
    run.frames.insert(run.frames.begin() + static_cast<std::ptrdiff_t>(index), Entry{frame, 0, 0, 0});
    sum_from(run, index);
}

void FrameCatalog::sum_from(Run& run, std::size_t index) {
    for (std::size_t i = index; i < run.frames.size(); ++i) {
        Entry& entry = run.frames[i];
        entry.events_before = i == 0 ? 0 : run.frames[i - 1].events_before + run.frames[i - 1].frame.events;
        entry.raw_before = i == 0 ? 0 : run.frames[i - 1].raw_before + run.frames[i - 1].frame.raw_bytes;
        entry.bytes_before = i == 0 ? 0 : run.frames[i - 1].bytes_before + run.frames[i - 1].frame.compressed_bytes;
    }
}

void FrameCatalog::complain(std::string sentence) {
    const std::lock_guard lock(mutex_);
    if (damage_ == sentence) return;
    damage_ = std::move(sentence);
}

std::uint64_t FrameCatalog::version() const {
    const std::lock_guard lock(mutex_);
    return version_;
}

std::vector<std::string> FrameCatalog::runs(std::uint64_t since) const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    for (const auto& [name, run] : runs_)
        if (run.version > since || since == 0) names.push_back(name);
    return names;
}

std::optional<CatalogFrame> FrameCatalog::at_or_after(const std::string& run, std::uint64_t sequence) const {
    const std::lock_guard lock(mutex_);
    const auto found = runs_.find(run);
    if (found == runs_.end()) return std::nullopt;
    const auto& frames = found->second.frames;
    const auto at =
        std::lower_bound(frames.begin(), frames.end(), sequence,
                         [](const Entry& entry, std::uint64_t wanted) { return entry.frame.end() <= wanted; });
    if (at == frames.end()) return std::nullopt;
    return at->frame;
}

std::uint64_t FrameCatalog::end_of(const std::string& run) const {
    const std::lock_guard lock(mutex_);
    const auto found = runs_.find(run);
    return found == runs_.end() ? 0 : found->second.frames.back().frame.end();
}

std::string FrameCatalog::path_of(const CatalogFrame& frame) const {
    const std::lock_guard lock(mutex_);
    const auto found = names_.find(frame.segment);
    return found == names_.end() ? std::string() : directory_ + "/" + found->second;
}

Waiting FrameCatalog::waiting(const std::string& run, std::uint64_t sequence) const {
    const std::lock_guard lock(mutex_);
    const auto found = runs_.find(run);
    if (found == runs_.end()) return {};
    const auto& frames = found->second.frames;
    const auto at =
        std::lower_bound(frames.begin(), frames.end(), sequence,
                         [](const Entry& entry, std::uint64_t wanted) { return entry.frame.end() <= wanted; });
    if (at == frames.end()) return {};
    const Entry& last = frames.back();
    return {last.events_before + last.frame.events - at->events_before,
            last.bytes_before + last.frame.compressed_bytes - at->bytes_before,
            last.raw_before + last.frame.raw_bytes - at->raw_before, at->frame.least_time};
}

std::string FrameCatalog::damage() const {
    const std::lock_guard lock(mutex_);
    return damage_;
}

}  // namespace wideline::delivery
