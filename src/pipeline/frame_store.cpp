#include "pipeline/frame_store.hpp"

#ifndef XXH_INLINE_ALL
#define XXH_INLINE_ALL
#endif
#include <xxhash.h>

#include <cstring>

#include "event/frame_part.hpp"

namespace wideline::pipeline {

using detail::ArenaPool;
using detail::FramePart;
using detail::OpenEvent;

OpenEvent* FrameStore::keep(std::uint64_t sequence, std::string_view bytes, Recovery recovery) noexcept {
    OpenEvent* const first = take_chain(FramePart::parts_of(bytes.size()));
    if (first == nullptr) return nullptr;
    const std::uint64_t hash = XXH3_64bits(bytes.data(), bytes.size());
    std::uint32_t number = 0;
    for (OpenEvent* at = first; at != nullptr; at = at->next, ++number) {
        FramePart& part = FramePart::in(*at->small_arena);
        part = {sequence, hash, static_cast<std::uint32_t>(bytes.size()), number};
        std::memcpy(part.data(), bytes.data() + number * FramePart::kRoom, part.size());
        if (recovery == Recovery::wanted) at->small_arena->enter(detail::Stage::frame);
    }
    waiting_bytes_.fetch_add(number * ArenaPool::kSmallest, std::memory_order_relaxed);
    return first;
}

void FrameStore::read(const OpenEvent& stored, std::string& into) {
    into.clear();
    for (const OpenEvent* at = &stored; at != nullptr; at = at->next) {
        const FramePart& part = FramePart::in(*at->small_arena);
        into.append(reinterpret_cast<const char*>(part.data()), part.size());
    }
}

void FrameStore::release(OpenEvent& stored) noexcept {
    const std::size_t parts = FramePart::parts_of(FramePart::in(*stored.small_arena).bytes);
    give_chain(&stored);
    waiting_bytes_.fetch_sub(parts * ArenaPool::kSmallest, std::memory_order_relaxed);
}

OpenEvent* FrameStore::take_chain(std::size_t blocks) noexcept {
    OpenEvent* first = nullptr;
    for (; blocks != 0; --blocks) {
        OpenEvent* const block = core_.take_block();
        if (block == nullptr) {
            give_chain(first);
            return nullptr;
        }
        block->next = first;
        first = block;
    }
    return first;
}

void FrameStore::give_chain(OpenEvent* first) noexcept {
    while (first != nullptr) {
        OpenEvent* const next = first->next;
        core_.recycle(*first, nullptr);
        first = next;
    }
}

}  // namespace wideline::pipeline
