#include "event/recovered_arenas.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "event/unknown_weight.hpp"
#include "event/whole_records.hpp"

namespace wideline::detail {

namespace {

/// Of times that damage may have made up: as far as an integer goes.
std::int64_t sum(std::int64_t one, std::int64_t other) noexcept {
    std::int64_t result = 0;
    if (!__builtin_add_overflow(one, other, &result)) return result;
    return one < 0 ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
}

std::int64_t span(std::int64_t from, std::int64_t to) noexcept {
    std::int64_t result = 0;
    if (to <= from) return 0;
    return __builtin_sub_overflow(to, from, &result) ? std::numeric_limits<std::int64_t>::max() : result;
}

bool same_request(const ArenaHeader& one, const ArenaHeader& other) noexcept {
    return one.span_id == other.span_id && one.trace_id_low == other.trace_id_low &&
           one.trace_id_high == other.trace_id_high && one.start_ns == other.start_ns;
}

/// The last name that was given to a request besides its first, across its threads; null if there is none.
const Record* newest_name(const OpenEvent& head) noexcept {
    const Record* newest = nullptr;
    std::uint64_t newest_sequence = 0;
    const auto look = [&](const OpenEvent& event) {
        const Record* const first = event.head == &event ? event.arena().begin()->next() : event.arena().begin();
        for (const Record* at = first; at != event.end(); at = at->next()) {
            if (at->type() != Type::name) continue;
            const Record* const after = at->next();
            const bool numbered = after != event.end() && after->type() == Type::sequence;
            const std::uint64_t sequence = numbered ? after->value_as<std::uint64_t>() : 0;
            if (newest != nullptr && sequence < newest_sequence) continue;
            newest = at;
            newest_sequence = sequence;
        }
    };
    look(head);
    for (const OpenEvent* at = head.fragments; at != nullptr; at = at->next) look(*at);
    return newest;
}

}  // namespace

RecoveredArenas::RecoveredArenas(ArenaFile& file)
    : file_(file), bytes_(file.shared_bytes()), of_block_(bytes_ / ArenaMemory::kBlockBytes + 1) {
    alive_ns_ = file.alive_ns();
    for (std::uint32_t at = 0; at < file.heads(); ++at) {
        const ArenaHeader* const first = block(file.head(at));
        if (first == nullptr || (first->stage != Stage::open && first->stage != Stage::kept)) continue;
        const std::int64_t lasted = first->stage == Stage::kept ? first->fate.duration_ns : 0;
        alive_ns_ = std::max(alive_ns_, sum(first->start_ns, lasted));
    }
    take_heads();
    join_fragments();
    for (OpenEvent* const event : events_) event->renamed = newest_name(*event);
    std::stable_sort(events_.begin(), events_.end(), [](const OpenEvent* one, const OpenEvent* other) {
        const auto order = [](const OpenEvent& event) {
            const bool crashed = event.fate().outcome == Outcome::crashed;
            return std::pair(crashed, sum(event.small_arena->start_ns, crashed ? 0 : event.fate().duration_ns));
        };
        return order(*one) < order(*other);
    });
}

ArenaHeader* RecoveredArenas::block(std::uint32_t number) const noexcept {
    if (number == 0 || number >= of_block_.size()) return nullptr;
    return reinterpret_cast<ArenaHeader*>(file_.blocks() + (number - 1) * ArenaMemory::kBlockBytes);
}

/// In the arena that the event had outgrown the others for. If that one is not in the file, what was written before.
RecoveredArenas::Extent RecoveredArenas::whole_part(ArenaHeader& first) const {
    ArenaHeader* arena = &first;
    for (std::size_t moves = 0; (arena->committed & ArenaHeader::kMoved) != 0; ++moves) {
        if (moves == of_block_.size()) return {};
        ArenaHeader* const larger = block(arena->moved_to);
        if (larger == nullptr) break;
        arena = larger;
    }
    const auto room = static_cast<std::size_t>(file_.blocks() + bytes_ - reinterpret_cast<std::byte*>(arena));
    const std::size_t capacity = std::min<std::size_t>(arena->capacity, room);
    const std::size_t committed = std::min<std::size_t>(arena->bytes(), capacity);
    if (committed <= kFirstRecord) return {};
    const std::size_t records =
        whole_records(reinterpret_cast<std::byte*>(arena) + kFirstRecord, committed - kFirstRecord);
    return {arena, static_cast<std::uint32_t>(kFirstRecord + records)};
}

OpenEvent* RecoveredArenas::read(ArenaHeader& first, Extent extent) {
    OpenEvent* const event = owned_.emplace_back(std::make_unique<OpenEvent>()).get();
    event->small_arena = &first;
    event->arena_ = extent.arena;
    event->sealed_arena = extent.arena;
    event->sealed = extent.bytes;
    for (const Record* at = extent.arena->begin(); at != extent.arena->at(extent.bytes); at = at->next())
        if (at->is_sum()) at->sum_word(0).store(extent.arena->sum(*at), std::memory_order_relaxed);
    return event;
}

void RecoveredArenas::take_heads() {
    for (std::uint32_t at = 0; at < file_.heads(); ++at) {
        const std::uint32_t number = file_.head(at);
        ArenaHeader* const first = block(number);
        if (first == nullptr || (first->stage != Stage::open && first->stage != Stage::kept)) continue;
        if (of_block_[number] != nullptr) continue;  // a damaged table names it twice
        const Extent extent = whole_part(*first);
        // A request's first record is its name.
        if (extent.bytes <= kFirstRecord || extent.arena->begin()->type() != Type::name) continue;
        RequestFate& fate = first->fate;
        if (first->stage == Stage::open) {
            fate = RequestFate{
                .duration_ns = span(first->start_ns, alive_ns_), .frame = fate.frame, .outcome = Outcome::crashed};
        } else {
            if (fate.outcome > Outcome::cancelled) fate.outcome = Outcome::crashed;
            for (double* const weight : {&fate.weight, &fate.dry_weight})
                if (!std::isfinite(*weight) || (*weight < 0 && *weight != kUnknownWeight)) *weight = 1;
        }
        OpenEvent* const event = read(*first, extent);
        event->truncated_ = fate.truncated;
        of_block_[number] = event;
        events_.push_back(event);
    }
}

void RecoveredArenas::join_fragments() {
    for (std::uint32_t at = 0; at < file_.heads(); ++at) {
        ArenaHeader* const first = block(file_.head(at));
        if (first == nullptr || first->stage != Stage::fragment || first->head >= of_block_.size()) continue;
        OpenEvent* const head = of_block_[first->head];
        if (head == nullptr || !same_request(*head->small_arena, *first)) continue;
        const Extent extent = whole_part(*first);
        if (extent.bytes <= kFirstRecord) continue;
        OpenEvent* const fragment = read(*first, extent);
        fragment->head = head;
        fragment->next = head->fragments;
        head->fragments = fragment;
        head->shared = true;
    }
}

}  // namespace wideline::detail
