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
    known_.reserve(kEventsOfNewKeys * most_keys + 1);
    forget();
}

KeyCache::Known* KeyCache::find(std::uint32_t hash, std::string_view key) noexcept {
    return find_if(
        hash, [&](const Known& known) { return std::string_view(bytes_.data() + known.raw, known.raw_size()) == key; });
}

KeyCache::Known* KeyCache::find(const detail::Record& record) noexcept {
    Known* const found = find(record.hash(), record.key());
    if (found != nullptr) follow(*found);
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
                      .tag = key.empty() ? kNoKey : hash | std::uint64_t{key.size()} << 32,
                      .text = static_cast<std::uint32_t>(text),
                      .text_size = static_cast<std::uint32_t>(text_size),
                      .raw = static_cast<std::uint32_t>(raw),
                      .replaced = static_cast<std::uint32_t>(replaced),
                      .next = known_.data()});
    std::size_t at = hash;
    while (slots_[at & (slots_.size() - 1)].known != 0) ++at;
    slots_[at & (slots_.size() - 1)] = {hash, static_cast<std::uint32_t>(known_.size() - 1)};
    follow(known_.back());
    return known_.back();
}

void KeyCache::forget() noexcept {
    known_.clear();
    known_.push_back({.tag = kNoKey});
    last_ = known_.data();
    last_->next = last_;
    bytes_.resize(kSlack);
    std::fill(slots_.begin(), slots_.end(), Slot{});
}

}  // namespace wideline::pipeline
