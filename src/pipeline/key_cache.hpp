// The keys that a service writes, each made ready once: what stands for it in a line, and its hash for pairs. An
// encoder sees the same few dozen keys for ever, so none is escaped, hashed or decided on twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <wideline/detail/arena.hpp>

#include "encoding/byte_block.hpp"
#include "redaction/redactor.hpp"

namespace wideline::pipeline {

/// A key is known by its bytes; its 32-bit hash only says where to look. Bounded, whatever keys come in: before it
/// would be too full for one more event it forgets all of them. One thread.
class KeyCache {
public:
    struct Known {
        std::uint64_t pair_key = 0;  // key_hash of the key as it is written
        std::uint64_t tag = 0;       // as tag_of a record with the key
        std::uint32_t text = 0;      // where ,"key": begins in the bytes
        std::uint16_t text_size = 0;
        std::uint16_t replaced = 0;  // invalid sequences of UTF-8 in it
        std::uint32_t raw = 0;       // where the key as it came begins, which ends there
        redaction::KeyDecision decision{};
        std::uint32_t event = 0;  // the event that it was last met in, and as which of its fields
        std::uint32_t entry = 0;
        Known* next = nullptr;  // the key that came after it when it was last met

        [[nodiscard]] std::size_t raw_size() const noexcept { return text - raw; }
    };

    /// For events of at most `most_keys` keys.
    explicit KeyCache(std::uint32_t most_keys);
    KeyCache(const KeyCache&) = delete;
    KeyCache& operator=(const KeyCache&) = delete;

    /// Before each event; what was given before is no longer valid.
    void begin_event() {
        if (known_.size() + most_keys_ > known_.capacity()) [[unlikely]]
            forget();
    }
    void forget() noexcept;
    /// From now on, by these rules. `redactor` lives until another one comes. Forgets all keys.
    void redact_by(const redaction::Redactor& redactor) noexcept {
        redactor_ = &redactor;
        forget();
    }
    /// Null where the key is not known.
    [[nodiscard]] Known* find(std::uint32_t hash, std::string_view key) noexcept;
    /// The same of a record's key, which is read to the end of its padding.
    [[nodiscard]] Known* find(const detail::Record& record) noexcept;

    /// Code writes its keys in one order, so the key that last came after the one before is looked at first: one
    /// comparison. Begins behind the key that was found last; until go_on says how far it came, nothing is to be found
    /// or added.
    class Guess {
    public:
        /// The key of the record where the guess is right, or else null.
        [[nodiscard]] Known* of(const detail::Record& record) const noexcept {
            return next_->tag == tag_of(record) && is_key(keys_, *next_, record) ? next_ : nullptr;
        }
        void confirm() noexcept {
            last_ = next_;
            next_ = last_->next;
        }

    private:
        friend KeyCache;
        Guess(Known* last, const char* keys) noexcept : last_(last), next_(last->next), keys_(keys) {}
        Known* last_;
        Known* next_;
        const char* keys_;
    };
    [[nodiscard]] Guess guess() const noexcept { return {last_, bytes_.data()}; }
    void go_on(const Guess& guess) noexcept { last_ = guess.last_; }

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
        std::uint32_t known = 0;  // its place; 0: empty
    };

    /// The key's hash and its size, as the record has them. An empty key is never guessed: the library's own records
    /// have none.
    [[nodiscard]] static std::uint64_t tag_of(const detail::Record& record) noexcept {
        return record.header & ((std::uint64_t{1} << 40) - 1);
    }
    static constexpr std::uint64_t kNoKey = ~std::uint64_t{0};

    /// Of keys of one size. Both are read to the next multiple of eight bytes.
    [[nodiscard]] static bool is_key(const char* keys, const Known& known, const detail::Record& record) noexcept {
        std::size_t size = record.key_bytes();
        const char* a = keys + known.raw;
        const char* b = record.key().data();
        for (; size > 8; size -= 8, a += 8, b += 8)
            if (json_text::load_8(a) != json_text::load_8(b)) return false;
        return (json_text::load_8(a) ^ json_text::load_8(b)) << (64 - 8 * size) == 0;
    }
    /// Remembers that `known` came after the key before it.
    void follow(Known& known) noexcept {
        last_->next = &known;
        last_ = &known;
    }
    [[nodiscard]] std::string_view unlike_others(std::string& changed);
    template <class IsKey>
    [[nodiscard]] Known* find_if(std::uint32_t hash, IsKey is_key) noexcept;

    const redaction::Redactor* redactor_ = nullptr;
    std::uint32_t most_keys_;
    std::vector<Known> known_;                         // never moved; the first is none
    std::vector<Slot> slots_;                          // twice as many as keys or more, a power of two
    std::vector<char> bytes_;                          // of all keys, and kSlack behind them
    Known* last_;                                      // the key that was found last
    std::map<std::string, std::size_t> changed_keys_;  // how many keys became this one
};

template <class IsKey>
KeyCache::Known* KeyCache::find_if(std::uint32_t hash, IsKey is_key) noexcept {
    for (std::size_t at = hash;; ++at) {
        const Slot& slot = slots_[at & (slots_.size() - 1)];
        if (slot.known == 0) return nullptr;
        if (slot.hash != hash) continue;
        Known& known = known_[slot.known];
        if (is_key(known)) return &known;
    }
}

}  // namespace wideline::pipeline
