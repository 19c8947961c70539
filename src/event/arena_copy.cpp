// How the arenas of a living process are read
// ===========================================
//
// Its threads go on writing, ending and beginning requests, and know nothing of the reader. So each arena is copied
// first, and believed only if its header says after the copy what it said before:
//
//     header (open, span id 7, 600 bytes)  →  600 bytes of records  →  header (open, span id 7, 600 bytes or more)
//
// A request's records are only appended to, and a value that is added to in place is one word, so what was committed
// before the copy is whole in it. If the arena had another request in the meantime, the span id is another one; then
// it is tried again, and if it changes each time, the requests in it are too short to be told of.
//
// The file is read by calls, not mapped: to look at a page of a shared mapping that has no memory yet would give it
// some, and a file that is cut under a mapping ends the reader. No lock is taken or tried (see
// platform/lock_table.hpp).
#include <algorithm>
#include <cerrno>
#include <cstring>

#include <wideline/detail/arena.hpp>

#include "event/arena_copy.hpp"

namespace wideline::detail {

namespace {

constexpr int kMostTries = 8;
constexpr std::size_t kMostMoves = 32;
constexpr std::uint64_t kFlags = ArenaHeader::kSealed | ArenaHeader::kMoved | ArenaHeader::kSide;

bool same_request(const ArenaHeader& one, const ArenaHeader& other) noexcept {
    return one.span_id == other.span_id && one.trace_id_low == other.trace_id_low &&
           one.trace_id_high == other.trace_id_high && one.start_ns == other.start_ns;
}

}  // namespace

bool PlacedReader::read(std::uint64_t offset, void* to, std::size_t bytes) {
    if (offset < at_) {
        if (!file_.go_back(at_ - offset).ok()) return false;
    } else if (offset > at_) {
        const auto skipped = file_.skip(offset - at_);
        if (!skipped.ok() || skipped.value() != offset - at_) return false;
    }
    at_ = offset;
    for (std::size_t done = 0; done < bytes;) {
        const auto got = file_.read({static_cast<char*>(to) + done, bytes - done});
        if (!got.ok() || got.value() == 0) return false;
        done += got.value();
        at_ += got.value();
    }
    return true;
}

bool ArenaCopier::header(std::uint32_t number, ArenaHeader& into) {
    if (number == 0 || number > taken_.size()) return false;
    return reader_.read(place(number), &into, sizeof into);
}

void ArenaCopier::copy_event(std::uint32_t number) {
    for (int tried = 0; tried < kMostTries; ++tried)
        if (try_event(number)) return;
}

/// False if it changed while it was copied.
bool ArenaCopier::try_event(std::uint32_t number) {
    ArenaHeader first;
    if (!header(number, first)) return true;
    if (first.stage != Stage::open && first.stage != Stage::fragment) return true;

    parts_.clear();
    ArenaHeader arena = first;
    for (std::uint32_t at = number;;) {
        // What it moved to can lie past the file: then all that can be told is what it had written before.
        const bool moved = (arena.committed & ArenaHeader::kMoved) != 0;
        if (!moved || arena.moved_to > taken_.size()) {
            if (!copy_part(at, arena)) return false;
            break;
        }
        parts_.push_back({at, arena, {}});
        at = arena.moved_to;
        if (parts_.size() == kMostMoves || !header(at, arena)) return false;
        if (!same_request(arena, first)) return false;
    }
    ArenaHeader after;
    if (!header(number, after) || after.stage != first.stage || !same_request(after, first)) return false;
    if ((first.committed & ArenaHeader::kMoved) != 0 && after.moved_to != first.moved_to) return false;
    keep_parts();
    return true;
}

bool ArenaCopier::copy_part(std::uint32_t number, const ArenaHeader& before) {
    const std::uint64_t bytes = before.committed & ~kFlags;
    const std::uint64_t room = image_end() - place(number);
    if (bytes < kFirstRecord || bytes > std::min<std::uint64_t>(before.capacity, room)) return false;
    std::vector<std::byte> records(static_cast<std::size_t>(bytes) - kFirstRecord);
    if (!reader_.read(place(number) + kFirstRecord, records.data(), records.size())) return false;
    ArenaHeader after;
    if (!header(number, after) || !same_request(after, before) || (after.committed & ~kFlags) < bytes) return false;
    parts_.push_back({number, before, std::move(records)});
    return true;
}

/// Two events can seem to have the same blocks: the one that was copied first has ended since, and gave them back. The
/// later one, which has just begun, is left out.
void ArenaCopier::keep_parts() {
    const auto blocks_of = [](const Part& part) {
        return static_cast<std::uint32_t>((sizeof part.header + part.records.size() + ArenaMemory::kBlockBytes - 1) /
                                          ArenaMemory::kBlockBytes);
    };
    for (const Part& part : parts_)
        for (std::uint32_t i = 0; i < blocks_of(part); ++i)
            if (taken_[part.number - 1 + i]) return;
    for (Part& part : parts_) {
        for (std::uint32_t i = 0; i < blocks_of(part); ++i) taken_[part.number - 1 + i] = true;
        part.header.committed &= ~ArenaHeader::kSealed;
        std::byte* const to = image_ + (place(part.number) - blocks_begin_);
        std::memcpy(to, &part.header, sizeof part.header);
        if (!part.records.empty()) std::memcpy(to + kFirstRecord, part.records.data(), part.records.size());
    }
}

}  // namespace wideline::detail
