#include "pipeline/key_cache.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

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

/// Keys that were different must not become one.
std::string_view KeyCache::unlike_others(std::string& changed) {
    const std::size_t like = ++changed_keys_[changed];
    if (like != 1) changed.append(" ").append(std::to_string(like));
    return changed;
}

KeyCache::Known& KeyCache::add(std::uint32_t hash, std::string_view key) {
    // What is to be read of the key; as it came it is only looked for.
    std::string changed;
    redaction::KeyDecision decision;
    std::string_view shown = key;
    if (redactor_ != nullptr) {
        decision = redactor_->of(key);
        if (redactor_->suspects(key)) {
            changed = redactor_->redacted(key);
            if (changed != key) shown = unlike_others(changed);
        }
    }
    const std::size_t raw = bytes_.size() - kSlack;
    const std::size_t text = raw + key.size();
    const std::size_t before = bytes_.size();
    std::uint64_t replaced = 0;
    std::uint64_t pair_key = 0;
    try {
        bytes_.resize(text + 2 + json_text::string_bound(shown.size()) + kSlack);
        pair_key = key_hash(json_text::valid_utf8(shown, replaced));
    } catch (...) {
        bytes_.resize(before);
        throw;
    }
    std::copy(key.begin(), key.end(), bytes_.data() + raw);
    replaced = 0;
    char* const begin = bytes_.data() + text;
    *begin = ',';
    char* const end = json_text::write_string(begin + 1, shown, replaced);
    *end = ':';
    const auto text_size = static_cast<std::size_t>(end + 1 - begin);
    bytes_.resize(text + text_size + kSlack);

    known_.push_back({.pair_key = pair_key,
                      .tag = key.empty() ? kNoKey : hash | std::uint64_t{key.size()} << 32,
                      .text = static_cast<std::uint32_t>(text),
                      .text_size = static_cast<std::uint16_t>(text_size),
                      .replaced = static_cast<std::uint16_t>(replaced),
                      .raw = static_cast<std::uint32_t>(raw),
                      .decision = decision,
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
    changed_keys_.clear();
    bytes_.resize(kSlack);
    std::fill(slots_.begin(), slots_.end(), Slot{});
}

}  // namespace wideline::pipeline
