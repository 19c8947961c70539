// The keys that a service writes, each made ready once: what stands for it in a line, and its hash for pairs. An
// encoder sees the same few dozen keys for ever, so none is escaped or hashed twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include <wideline/detail/arena.hpp>

#include "encoding/byte_block.hpp"

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
        std::uint32_t next = 0;  // the key that came after it when it was last met
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
    /// The same of a record's key, which is read to the end of its padding. Code writes its keys in one order, so the
    /// key that last came after the one before is looked at first: one comparison.
    [[nodiscard]] Known* find(const detail::Record& record) noexcept {
        if (guess_ < known_.size()) [[likely]] {
            Known& guess = known_[guess_];
            if (guess.hash == record.hash() && is_key(guess, record.key())) [[likely]] {
                last_ = guess_;
                guess_ = guess.next;
                return &guess;
            }
        }
        return find_anywhere(record);
    }
    /// Makes an unknown key known, at most `most_keys` times an event. Throws std::bad_alloc, and then knows all that
    /// it did.
    Known& add(std::uint32_t hash, std::string_view key);

    /// Room that `copy_text` needs.
    [[nodiscard]] static std::size_t text_bound(const Known& key) noexcept { return key.text_size + kSlack; }
    /// Copies ,"key": and gives its end; bytes after it, within the bound, may have been overwritten.
    char* copy_text(char* out, const Known& key) const noexcept {
        const char* const from = bytes_.data() + key.text;
        if (key.text_size <= kSlack) [[likely]] {
            json_text::store_block(out, json_text::load_block(from));
            json_text::store_block(out + 16, json_text::load_block(from + 16));
        } else {
            std::memcpy(out, from, key.text_size);
        }
        return out + key.text_size;
    }

private:
    static constexpr std::size_t kSlack = 32;

    struct Slot {
        std::uint32_t hash = 0;
        std::uint32_t known = 0;  // its place, from 1; 0: empty
    };

    /// Both are read to the next multiple of eight bytes.
    [[nodiscard]] bool is_key(const Known& known, std::string_view key) const noexcept {
        std::size_t size = key.size();
        if (known.raw_size != size) return false;
        const char* a = bytes_.data() + known.raw;
        const char* b = key.data();
        for (; size > 8; size -= 8, a += 8, b += 8)
            if (json_text::load_8(a) != json_text::load_8(b)) return false;
        return size == 0 || (json_text::load_8(a) ^ json_text::load_8(b)) << (64 - 8 * size) == 0;
    }
    [[nodiscard]] Known* find_anywhere(const detail::Record& record) noexcept;
    /// Remembers that `known` came after the key before it.
    void follow(const Known& known) noexcept {
        const auto at = static_cast<std::uint32_t>(&known - known_.data());
        known_[last_].next = at;
        last_ = at;
        guess_ = known.next;
    }
    template <class IsKey>
    [[nodiscard]] Known* find_if(std::uint32_t hash, IsKey is_key) noexcept;

    std::uint32_t most_keys_;
    std::vector<Known> known_;
    std::vector<Slot> slots_;  // twice as many as keys or more, a power of two
    std::vector<char> bytes_;  // of all keys, and kSlack behind them
    std::uint32_t last_ = 0;   // the key that was found last
    std::uint32_t guess_ = 0;  // and the one that came after it before
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
