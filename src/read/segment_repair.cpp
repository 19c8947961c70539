#include "read/segment_repair.hpp"

#include <cerrno>
#include <memory>
#include <optional>
#include <utility>

#include "journal/frame_index.hpp"
#include "journal/little_endian.hpp"
#include "journal/seek_table.hpp"
#include "journal/unfinished_file.hpp"
#include "read/rebuilt_index.hpp"
#include "read/segment_reader.hpp"

namespace wideline::read {
namespace {

using journal_files::FrameIndex;
using journal_files::SeekEntry;
using platform::Failure;
using platform::Result;
using platform::Status;

/// Where a frame belongs in its run.
struct Place {
    std::uint64_t stream = 0;
    std::uint64_t sequence = 0;
    std::uint64_t sequences = 1;
};

/// What is to be done, found by reading the file once.
struct Plan {
    Repair repair;
    std::vector<std::optional<Place>> places;  // Of each data frame; nothing where the index is to be made anew.
    bool closed = false;

    /// Frames without an index whose neighbours leave exactly their numbers free had those. Others stay without a run:
    /// a wrong number would hide another frame.
    void fill_places() {
        for (std::size_t i = 0; i < places.size();) {
            std::size_t end = i;
            while (end < places.size() && !places[end]) ++end;
            if (end > i && i > 0 && end < places.size()) {
                const Place& before = *places[i - 1];
                const std::uint64_t next = before.sequence + before.sequences;
                const bool fits = before.stream != 0 && places[end]->stream == before.stream &&
                                  places[end]->sequence == next + (end - i);
                for (std::size_t at = i; fits && at < end; ++at) places[at] = Place{before.stream, next + (at - i), 1};
            }
            i = end + 1;
        }
    }
};

bool is_later_index(const Piece& piece) { return piece.kind == Piece::Kind::skippable && !piece.reason.empty(); }
bool is_seek_table(const Piece& piece) {
    return piece.kind == Piece::Kind::skippable && piece.magic == journal_files::kSeekTableMagic;
}

Result<Plan> plan_repair(const std::string& path, platform::FileSystem& files) {
    auto opened = SegmentReader::open(files, path);
    if (!opened.ok()) return opened.failure();
    Plan plan;
    bool later_index = false;
    while (const auto piece = opened.value()->next()) {
        const bool ended = std::exchange(plan.closed, false);
        if (piece->kind == Piece::Kind::damage) {
            if (opened.value()->failure()) return *opened.value()->failure();
            plan.repair.cuts.push_back({piece->offset, piece->bytes, piece->reason});
        } else if (piece->kind == Piece::Kind::skippable) {
            plan.closed = is_seek_table(*piece);
        } else if (piece->frame.empty()) {
            return Failure{"there is nothing of wideline's to repair in", path, piece->offset, 0};
        } else {
            ++plan.repair.frames;
            if (piece->index != nullptr)
                plan.places.push_back(Place{piece->index->stream, piece->index->sequence, piece->index->sequences});
            else if (later_index)
                plan.places.push_back(Place{});
            else
                plan.places.emplace_back(), ++plan.repair.rebuilt_indexes;
        }
        if (ended) plan.repair.changed = true;  // A seek table in the middle: its successor says all.
        later_index = is_later_index(*piece);
    }
    const bool unclosed = !plan.closed && plan.repair.frames != 0;
    plan.repair.changed =
        plan.repair.changed || unclosed || !plan.repair.cuts.empty() || plan.repair.rebuilt_indexes != 0;
    plan.fill_places();
    return plan;
}

/// Writes the frames of a segment into a new file.
class RepairWriter {
public:
    RepairWriter(platform::File& to, const Plan& plan) : to_(to), plan_(plan) {}

    Status write(SegmentReader& from) {
        bool later_index = false;
        while (const auto piece = from.next()) {
            if (from.failure()) return *from.failure();
            Status written;
            if (piece->kind == Piece::Kind::skippable && !is_seek_table(*piece))
                written = put_skippable(*piece);
            else if (piece->kind == Piece::Kind::lines)
                written = put_frame(*piece, later_index);
            if (!written.ok()) return written;
            later_index = is_later_index(*piece);
        }
        if (frame_ != plan_.places.size())
            return Failure{"the segment changed while it was repaired", from.path(), {}, 0};
        if (entries_.empty() || entries_.size() > journal_files::kMostSeekEntries) return {};
        bytes_.clear();
        journal_files::append_seek_table(bytes_, entries_);
        return to_.append(bytes_);
    }

private:
    Status put_skippable(const Piece& piece) {
        bytes_.clear();
        journal_files::append_little_endian(bytes_, piece.magic);
        journal_files::append_little_endian(bytes_, static_cast<std::uint32_t>(piece.payload.size()));
        bytes_ += piece.payload;
        entries_.push_back({static_cast<std::uint32_t>(bytes_.size()), 0});
        return to_.append(bytes_);
    }

    Status put_frame(const Piece& piece, bool later_index) {
        const std::size_t number = frame_++;
        if (number >= plan_.places.size()) return {};  // It has grown: write() says so.
        bytes_.clear();
        if (!later_index) {
            journal_files::append_index_frame(bytes_, piece.index != nullptr ? *piece.index : new_index(piece, number));
            entries_.push_back({static_cast<std::uint32_t>(bytes_.size()), 0});
        }
        bytes_ += piece.frame;
        entries_.push_back(
            {static_cast<std::uint32_t>(piece.frame.size()), static_cast<std::uint32_t>(piece.lines.size())});
        return to_.append(bytes_);
    }

    FrameIndex new_index(const Piece& piece, std::size_t number) {
        FrameIndex index = rebuilder_.rebuilt(piece.lines, piece.frame);
        if (const auto& place = plan_.places[number]) {
            index.stream = place->stream;
            index.sequence = place->sequence;
        }
        return index;
    }

    platform::File& to_;
    const Plan& plan_;
    IndexRebuilder rebuilder_;
    std::size_t frame_ = 0;
    std::vector<SeekEntry> entries_;
    std::string bytes_;
};

Status write_repaired(const std::string& path, const std::string& unfinished, const Plan& plan,
                      platform::FileSystem& files) {
    auto from = SegmentReader::open(files, path);
    if (!from.ok()) return from.failure();
    auto to = files.create(unfinished);
    if (!to.ok()) return to.failure();
    (void)to.value()->try_lock().ok();  // A file system without locks is repaired all the same.
    RepairWriter writer(*to.value(), plan);
    Status status = writer.write(*from.value());
    if (status.ok()) status = to.value()->sync();
    if (status.ok()) status = to.value()->close();
    if (status.ok()) status = files.rename(unfinished, path);
    if (!status.ok()) {
        (void)files.remove(unfinished).ok();
        return status;
    }
    return files.sync_directory(platform::parent_of(path));
}

}  // namespace

Result<Repair> repair_segment(const std::string& path, platform::FileSystem& files) {
    // Held to the end: whoever writes the segment holds it.
    const auto locked_file = files.open(path);
    if (!locked_file.ok()) return locked_file.failure();
    const auto locked = locked_file.value()->try_lock();
    if (locked.ok() && !locked.value()) return Failure{"another process is writing", path, {}, EWOULDBLOCK};

    auto plan = plan_repair(path, files);
    if (!plan.ok()) return plan.failure();
    if (!plan.value().repair.changed) return std::move(plan.value().repair);
    const std::string unfinished = journal_files::unfinished_path_of(path);
    (void)files.remove(unfinished).ok();  // Of a process that died; a living one holds the lock above.
    if (Status written = write_repaired(path, unfinished, plan.value(), files); !written.ok()) return written.failure();
    return std::move(plan.value().repair);
}

}  // namespace wideline::read
