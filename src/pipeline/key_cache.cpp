#include "pipeline/key_cache.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "encoding/byte_block.hpp"
#include "encoding/json_string.hpp"
#include "encoding/pair_hash.hpp"
#include "encoding/utf8.hpp"

namespace wideline::pipeline {

namespace {

constexpr std::size_t kEventsOfNewKeys = 4;  // as many events of none but new keys, and all is forgotten

/// Whether two texts are the same; each is read to the next multiple of eight bytes.
bool same_padded(const char* a, const char* b, std::size_t size) noexcept {
    for (; size > 8; size -= 8, a += 8, b += 8)
        if (json_text::load_8(a) != json_text::load_8(b)) return false;
    return size == 0 || (json_text::load_8(a) ^ json_text::load_8(b)) << (64 - 8 * size) == 0;
}

}  // namespace

KeyCache::KeyCache(std::uint32_t most_keys)
    : most_keys_(most_keys), slots_(std::bit_ceil(2 * kEventsOfNewKeys * most_keys + 2)) {
    known_.reserve(kEventsOfNewKeys * most_keys);
    bytes_.resize(kSlack);
}

KeyCache::Known* KeyCache::find(std::uint32_t hash, std::string_view key) noexcept {
    return find_if(
        hash, [&](const Known& known) { return std::string_view(bytes_.data() + known.raw, known.raw_size) == key; });
}

KeyCache::Known* KeyCache::find(const detail::Record& record) noexcept {
    const std::string_view key = record.key();
    return find_if(record.hash(), [&](const Known& known) {
        return known.raw_size == key.size() && same_padded(bytes_.data() + known.raw, key.data(), key.size());
    });
}

KeyCache::Known& KeyCache::add(std::uint32_t hash, std::string_view key) {
    const std::size_t raw = bytes_.size() - kSlack;
    const std::size_t text = raw + key.size();
    const std::size_t before = bytes_.size();
    std::uint64_t replaced = 0;
    std::uint64_t pair_key = 0;
    try {
        bytes_.resize(text + 2 + json_text::string_bound(key.size()) + kSlack);
        pair_key = key_hash(json_text::valid_utf8(key, replaced));
    } catch (...) {
        bytes_.resize(before);
        throw;
    }
    std::copy(key.begin(), key.end(), bytes_.data() + raw);
    replaced = 0;
    char* const begin = bytes_.data() + text;
    *begin = ',';
    char* const end = json_text::write_string(begin + 1, key, replaced);
    *end = ':';
    const auto text_size = static_cast<std::size_t>(end + 1 - begin);
    bytes_.resize(text + text_size + kSlack);

    known_.push_back({.pair_key = pair_key,
                      .hash = hash,
                      .text = static_cast<std::uint32_t>(text),
                      .text_size = static_cast<std::uint32_t>(text_size),
                      .raw = static_cast<std::uint32_t>(raw),
                      .raw_size = static_cast<std::uint32_t>(key.size()),
                      .replaced = static_cast<std::uint32_t>(replaced)});
    std::size_t at = hash;
    while (slots_[at & (slots_.size() - 1)].known != 0) ++at;
    slots_[at & (slots_.size() - 1)] = {hash, static_cast<std::uint32_t>(known_.size())};
    return known_.back();
}

char* KeyCache::copy_text(char* out, const Known& key) const noexcept {
    const char* const from = bytes_.data() + key.text;
    if (key.text_size <= kSlack) [[likely]] {
        json_text::store_block(out, json_text::load_block(from));
        json_text::store_block(out + 16, json_text::load_block(from + 16));
    } else {
        std::memcpy(out, from, key.text_size);
    }
    return out + key.text_size;
}

void KeyCache::forget() noexcept {
    known_.clear();
    bytes_.resize(kSlack);
    std::fill(slots_.begin(), slots_.end(), Slot{});
}

}  // namespace wideline::pipeline
