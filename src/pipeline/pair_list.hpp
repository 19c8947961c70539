// The hashes of a batch's pairs. Most pairs of an event were in one before it (the service, the route, the region):
// those met lately are left out, so that whoever makes an index of the list has a third of it to look at.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <vector>

namespace wideline::pipeline {

/// Holds each hash that was added at least once, or none where memory for them could not be had. One thread.
class PairList {
public:
    PairList() noexcept { clear(); }

    void clear() noexcept {
        hashes_.clear();
        whole_ = true;
        // Each place is filled with a hash that would not be looked for there.
        recent_.fill(0);
        recent_[0] = 1;
    }
    void add(std::span<const std::uint64_t> hashes) noexcept {
        if (!whole_) return;
        try {
            for (const std::uint64_t hash : hashes) {
                std::uint64_t& recent = recent_[hash % kRecent];
                if (recent == hash) continue;
                recent = hash;
                hashes_.push_back(hash);
            }
        } catch (const std::bad_alloc&) {
            hashes_ = {};
            whole_ = false;
        }
    }
    [[nodiscard]] std::span<const std::uint64_t> view() const noexcept { return hashes_; }

private:
    static constexpr std::size_t kRecent = 4096;  // 32 KiB

    std::vector<std::uint64_t> hashes_;
    bool whole_ = true;
    std::array<std::uint64_t, kRecent> recent_;
};

}  // namespace wideline::pipeline
