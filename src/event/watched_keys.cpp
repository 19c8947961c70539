#include <wideline/detail/watched_keys.hpp>

namespace wideline::detail {

std::uint32_t WatchedKeys::watch(std::string_view key) {
    const std::uint32_t hash = KeyHash{}.with(key).value();
    if (const std::uint32_t known = slot(hash); known != kNotWatched)
        return keys_[known].text == key ? known : kNotWatched;
    if (keys_.size() == kSlots) return kNotWatched;
    const auto fresh = static_cast<std::uint32_t>(keys_.size());
    keys_.push_back({hash, std::string(key)});
    if (Bucket& bucket = buckets_[hash % 64]; bucket.slot == kNotWatched)
        bucket = {hash, fresh};
    else
        bucket.crowded = true;
    mask_ |= std::uint64_t{1} << (hash % 64);
    return fresh;
}

std::uint32_t WatchedKeys::distinct(std::uint32_t hash, std::string_view key) const noexcept {
    for (;; ++hash) {
        const std::uint32_t same = slot(hash);
        if (same == kNotWatched || keys_[same].text == key) return hash;
    }
}

std::uint32_t WatchedKeys::slot_behind(std::uint32_t hash) const noexcept {
    for (std::uint32_t at = 0; at < keys_.size(); ++at)
        if (keys_[at].hash == hash) return at;
    return kNotWatched;
}

}  // namespace wideline::detail
