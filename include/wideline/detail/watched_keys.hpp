// The keys that rules read. While an event is written, the newest record of each is remembered in a slot, so that a
// rule finds its field without walking the event. Testing one bit of a mask tells a write that nobody watches from the
// rest.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <wideline/export.hpp>
#include <wideline/key.hpp>

namespace wideline::detail {

/// Immutable once in use; outlives every event that was opened with it.
class WIDELINE_EXPORT WatchedKeys {
public:
    /// A rule set may read more; those are found by walking the event.
    static constexpr std::uint32_t kSlots = 32;
    static constexpr std::uint32_t kNotWatched = ~std::uint32_t{0};

    /// Takes the key in; returns its slot, the old one if it was there, or kNotWatched when all slots are taken.
    std::uint32_t watch(std::string_view key);
    /// The slot of the key with this hash, or kNotWatched. Only hashes are compared, for this runs in requests: two
    /// literal keys of one program with one hash are a chance of one in four billion, and run-time keys, which
    /// strangers may choose, are told apart by `distinct`.
    [[nodiscard]] std::uint32_t slot(std::uint32_t hash) const noexcept {
        const Bucket& bucket = buckets_[hash % 64];
        if (bucket.hash == hash || !bucket.crowded) [[likely]]
            return bucket.hash == hash ? bucket.slot : kNotWatched;
        return slot_behind(hash);
    }
    /// A hash for a run-time key that is no watched key's unless the key is that one.
    [[nodiscard]] std::uint32_t distinct(std::uint32_t hash, std::string_view key) const noexcept;
    /// Bit `hash % 64` is set for each watched key.
    [[nodiscard]] std::uint64_t mask() const noexcept { return mask_; }
    [[nodiscard]] std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(keys_.size()); }
    [[nodiscard]] std::string_view key(std::uint32_t slot) const noexcept { return keys_[slot].text; }

private:
    struct Bucket {
        std::uint32_t hash = 0;  // of the first key in it
        std::uint32_t slot = kNotWatched;
        bool crowded = false;  // there are others, which are searched for
    };
    struct Watched {
        std::uint32_t hash;
        std::string text;
    };
    [[nodiscard]] std::uint32_t slot_behind(std::uint32_t hash) const noexcept;

    std::uint64_t mask_ = 0;
    std::array<Bucket, 64> buckets_{};  // by the low six bits
    std::vector<Watched> keys_;
};

}  // namespace wideline::detail
