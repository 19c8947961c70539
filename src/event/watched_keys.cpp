#include <wideline/detail/watched_keys.hpp>

namespace wideline::detail {

std::uint32_t WatchedKeys::watch(std::string_view key) {
    const std::uint32_t hash = KeyHash{}.with(key).value();
    if (const std::uint32_t known = slot(hash, key); known != kNotWatched) return known;
    if (keys_.size() == kSlots) return kNotWatched;
    const auto fresh = static_cast<std::uint32_t>(keys_.size());
    keys_.push_back({hash, first_[hash % 64], std::string(key)});
    first_[hash % 64] = fresh;
    mask_ |= std::uint64_t{1} << (hash % 64);
    return fresh;
}

std::uint32_t WatchedKeys::slot(std::uint32_t hash, std::string_view key) const noexcept {
    for (std::uint32_t at = first_[hash % 64]; at != kNotWatched; at = keys_[at].next)
        if (keys_[at].hash == hash && keys_[at].text == key) return at;
    return kNotWatched;
}

}  // namespace wideline::detail
