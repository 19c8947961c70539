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

KeyCache::Known* KeyCache::find_anywhere(const detail::Record& record) noexcept {
    Known* const found = find_if(record.hash(), [&](const Known& known) { return is_key(known, record.key()); });
    if (found == nullptr) return nullptr;
    follow(*found);
    return found;
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
    known_.back().next = static_cast<std::uint32_t>(known_.size());
    follow(known_.back());
    return known_.back();
}

void KeyCache::forget() noexcept {
    known_.clear();
    last_ = 0;
    guess_ = 0;
    bytes_.resize(kSlack);
    std::fill(slots_.begin(), slots_.end(), Slot{});
}

}  // namespace wideline::pipeline
