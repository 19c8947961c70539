// How many requests of each name ended, failed, and took how long: all of them, those that are sampled away too.
//
//   names of the recorder           counts of one thread            memory of the recorder, in blocks of 64 counts
//   "checkout"   is number 0 ─────► │ requests errors ns │ block ─► │ blocks of durations, by power of two │
//   "GET /cart"  is number 1        │ requests errors ns │   …        └─► │ 64 counts, one for each bucket │
//   …                               │ …                                          (event/duration_buckets.hpp)
//   past 256                        │ requests errors ns │   …
//
// A name has the same number on every thread, and keeps it, so the total of a name is the sum over the threads. Counts
// are raised by the thread that has the lane, read by any. The first request of a name takes a lock; the first of a
// name on a thread in a power of two takes a block, which is address space until then; all others take neither, some
// 8 ns. When no block is left, requests and errors are still counted, and durations no more.
#pragma once

#ifndef XXH_INLINE_ALL
#define XXH_INLINE_ALL
#endif
#include <xxhash.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <new>
#include <string_view>

#include "event/duration_buckets.hpp"
#include "platform/mapped_memory.hpp"
#include "request/counter.hpp"

namespace wideline::detail {

/// The names that are told apart.
class RequestNames {
public:
    static constexpr std::uint32_t kMost = 256;
    /// The number of all names past them.
    static constexpr std::uint32_t kFurther = kMost;
    static constexpr std::size_t kMostBytes = 128;

    RequestNames() : names_(kMost * sizeof(Name)) {}

    /// Of a name of at most kMostBytes. Neither allocates nor locks where the name is known.
    [[nodiscard]] std::uint32_t number(std::string_view name) noexcept {
        const std::uint64_t hash = XXH3_64bits(name.data(), name.size());
        for (std::uint64_t at = hash;; ++at) {
            const std::uint32_t number = places_[at % kPlaces].load(std::memory_order_acquire);
            if (number == kNone) return put(name, hash);
            const Name& there = this->at(number - 1);
            if (there.hash == hash && there.view() == name) [[likely]]
                return number - 1;
        }
    }
    [[nodiscard]] std::uint32_t size() const noexcept { return size_.load(std::memory_order_acquire); }
    /// What is said for all names past kMost.
    static constexpr std::string_view kFurtherText = "(further names)";
    /// `number` is below size(), or kFurther. The bytes that the request was given, not always UTF-8.
    [[nodiscard]] std::string_view name(std::uint32_t number) const noexcept {
        return number == kFurther ? kFurtherText : at(number).view();
    }

    /// Calls `visit` with the number of each, and with kFurther where there may be further ones.
    template <class Visit>
    void for_each(Visit visit) const {
        for (std::uint32_t name = 0; name < size(); ++name) visit(name);
        if (size() == kMost) visit(kFurther);
    }

    /// In a forked child, where another thread may have held the lock.
    void renew_lock() noexcept { new (&mutex_) std::mutex; }

private:
    struct Name {
        std::uint64_t hash;
        std::uint64_t bytes;
        char text[kMostBytes];

        [[nodiscard]] std::string_view view() const noexcept { return {text, bytes}; }
    };
    static constexpr std::size_t kPlaces = 2 * kMost;
    static constexpr std::uint32_t kNone = 0;

    [[nodiscard]] std::uint32_t put(std::string_view name, std::uint64_t hash) noexcept;
    [[nodiscard]] Name& at(std::uint32_t number) const noexcept {
        return reinterpret_cast<Name*>(names_.data())[number];
    }

    platform::MappedMemory names_;
    std::array<std::atomic<std::uint32_t>, kPlaces> places_{};  // open addressing: one more than the name's number
    std::atomic<std::uint32_t> size_{0};
    std::mutex mutex_;
};

/// Blocks of 64 counts, given out and never taken back.
class CountBlocks {
public:
    static constexpr std::size_t kCounts = 64;

    explicit CountBlocks(std::size_t bytes)
        : memory_(bytes), most_(static_cast<std::uint32_t>(bytes / (kCounts * sizeof(Counter)))) {}

    /// A number from 1; 0 where none is left.
    [[nodiscard]] std::uint32_t take() noexcept {
        if (taken_.load(std::memory_order_relaxed) >= most_) return 0;
        const std::uint32_t number = taken_.fetch_add(1, std::memory_order_relaxed) + 1;
        return number <= most_ ? number : 0;
    }
    [[nodiscard]] Counter* at(std::uint64_t number) const noexcept {
        return reinterpret_cast<Counter*>(memory_.data()) + (number - 1) * kCounts;
    }
    /// Once nobody counts any more: all counts are 0.
    void clear() noexcept { memory_.clear(); }

private:
    platform::MappedMemory memory_;
    const std::uint32_t most_;
    std::atomic<std::uint32_t> taken_{0};
};

/// Of one lane.
class RequestCounts {
public:
    struct OfName {
        Counter requests;
        Counter errors;
        Counter nanoseconds;                  // of all durations that are in a bucket
        std::atomic<std::uint32_t> block{0};  // that tells where the blocks of durations are; 0: none yet
    };

    /// By the thread that has the lane. Raises `requests` last: who reads it first finds all that belongs to it.
    void count(std::uint32_t name, bool failed, std::int64_t duration_ns, CountBlocks& blocks) noexcept {
        OfName& counts = names_[name];
        if (Counter* const bucket = bucket_of(counts, duration_bucket(duration_ns), blocks)) [[likely]] {
            counts.nanoseconds.raise(static_cast<std::uint64_t>(duration_ns));
            bucket->raise();
        }
        if (failed) counts.errors.raise();
        counts.requests.raise();
    }

    [[nodiscard]] const OfName& operator[](std::uint32_t name) const noexcept { return names_[name]; }

    /// Adds the durations of a name to `buckets`, which are kDurationBuckets.
    void add_durations(std::uint32_t name, const CountBlocks& blocks, std::uint64_t* buckets) const noexcept {
        const std::uint32_t block = names_[name].block.load(std::memory_order_acquire);
        for (std::size_t octave = 0; block != 0 && octave <= kOctaves; ++octave) {
            const std::uint64_t of_octave = blocks.at(block)[octave].get();
            for (std::size_t i = 0; of_octave != 0 && i < kBucketsOfOctave; ++i)
                if (const std::uint64_t requests = blocks.at(of_octave)[i].get())
                    buckets[octave * kBucketsOfOctave + i - kBeforeFirst] += requests;
        }
    }

private:
    static_assert(kBucketsOfOctave == CountBlocks::kCounts && kOctaves < CountBlocks::kCounts);
    /// The first bucket, of all that is fast, is the last one of a block: then a power of two begins with a block.
    static constexpr std::uint32_t kBeforeFirst = kBucketsOfOctave - 1;

    [[nodiscard]] static Counter* bucket_of(OfName& counts, std::uint32_t bucket, CountBlocks& blocks) noexcept {
        const std::uint32_t place = bucket + kBeforeFirst;
        const std::uint32_t block = counts.block.load(std::memory_order_relaxed);
        if (block != 0) [[likely]]
            if (const std::uint64_t octave = blocks.at(block)[place / kBucketsOfOctave].get()) [[likely]]
                return blocks.at(octave) + place % kBucketsOfOctave;
        return make_bucket(counts, place, blocks);
    }
    [[nodiscard]] static Counter* make_bucket(OfName& counts, std::uint32_t place, CountBlocks& blocks) noexcept;

    std::array<OfName, RequestNames::kMost + 1> names_{};
};

}  // namespace wideline::detail
