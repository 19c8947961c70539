#include "request/request_counts.hpp"

namespace wideline::detail {

[[gnu::noinline]] std::uint32_t RequestNames::put(std::string_view name, std::uint64_t hash) noexcept {
    if (size() >= kMost || name.size() > kMostBytes) return kFurther;
    const std::lock_guard lock(mutex_);
    std::uint64_t place = hash;
    for (;; ++place) {
        const std::uint32_t there = places_[place % kPlaces].load(std::memory_order_relaxed);
        if (there == kNone) break;
        if (at(there - 1).hash == hash && at(there - 1).view() == name) return there - 1;  // another thread was first
    }
    const std::uint32_t number = size();
    if (number >= kMost) return kFurther;
    Name& fresh = at(number);
    fresh.hash = hash;
    fresh.bytes = name.size();
    if (!name.empty()) std::memcpy(fresh.text, name.data(), name.size());
    size_.store(number + 1, std::memory_order_release);
    places_[place % kPlaces].store(number + 1, std::memory_order_release);
    return number;
}

[[gnu::noinline]] Counter* RequestCounts::make_bucket(OfName& counts, std::uint32_t place,
                                                      CountBlocks& blocks) noexcept {
    std::uint32_t block = counts.block.load(std::memory_order_relaxed);
    if (block == 0) {
        block = blocks.take();
        if (block == 0) return nullptr;
        counts.block.store(block, std::memory_order_release);
    }
    const std::uint32_t octave = blocks.take();
    if (octave == 0) return nullptr;
    blocks.at(block)[place / kBucketsOfOctave].raise(octave);  // from 0
    return blocks.at(octave) + place % kBucketsOfOctave;
}

}  // namespace wideline::detail
