// The keys that a service writes, each made ready once: what stands for it in a line, and its hash for pairs. An
// encoder sees the same few dozen keys for ever, so none is escaped or hashed twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <wideline/detail/arena.hpp>

namespace wideline::pipeline {

/// A key is known by its bytes; its 32-bit hash only says where to look. Bounded, whatever keys come in: before it
/// would be too full for one more event it forgets all of them. One thread.
class KeyCache {
public:
    struct Known {
        std::uint64_t pair_key;  // key_hash of the key as it is written
        std::uint32_t hash;      // KeyHash of the key as it came
        std::uint32_t text;      // where ,"key": begins in the bytes
        std::uint32_t text_size;
        std::uint32_t raw;  // where the key as it came begins
        std::uint32_t raw_size;
        std::uint32_t replaced;   // invalid sequences of UTF-8 in it
        std::uint32_t event = 0;  // the event that it was last met in, and as which of its fields
        std::uint32_t entry = 0;
    };

    /// For events of at most `most_keys` keys.
    explicit KeyCache(std::uint32_t most_keys);

    /// Before each event; what was given before is no longer valid.
    void begin_event() {
        if (known_.size() + most_keys_ > known_.capacity()) [[unlikely]]
            forget();
    }
    void forget() noexcept;
    /// Null where the key is not known.
    [[nodiscard]] Known* find(std::uint32_t hash, std::string_view key) noexcept;
    /// The same of a record's key, which is read to the end of its padding: faster.
    [[nodiscard]] Known* find(const detail::Record& record) noexcept;
    /// Makes an unknown key known, at most `most_keys` times an event. Throws std::bad_alloc, and then knows all that
    /// it did.
    Known& add(std::uint32_t hash, std::string_view key);

    /// Room that `copy_text` needs.
    [[nodiscard]] static std::size_t text_bound(const Known& key) noexcept { return key.text_size + kSlack; }
    /// Copies ,"key": and gives its end; bytes after it, within the bound, may have been overwritten.
    char* copy_text(char* out, const Known& key) const noexcept;

private:
    static constexpr std::size_t kSlack = 32;

    struct Slot {
        std::uint32_t hash = 0;
        std::uint32_t known = 0;  // its place, from 1; 0: empty
    };

    template <class IsKey>
    [[nodiscard]] Known* find_if(std::uint32_t hash, IsKey is_key) noexcept;

    std::uint32_t most_keys_;
    std::vector<Known> known_;
    std::vector<Slot> slots_;  // twice as many as keys or more, a power of two
    std::vector<char> bytes_;  // of all keys, and kSlack behind them
};

template <class IsKey>
KeyCache::Known* KeyCache::find_if(std::uint32_t hash, IsKey is_key) noexcept {
    for (std::size_t at = hash;; ++at) {
        const Slot& slot = slots_[at & (slots_.size() - 1)];
        if (slot.known == 0) return nullptr;
        if (slot.hash != hash) continue;
        Known& known = known_[slot.known - 1];
        if (is_key(known)) return &known;
    }
}

}  // namespace wideline::pipeline
