// How many different values there were, in bounded memory.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace wideline::read {

/// Exact up to kMostExact values; beyond, within some 1.6 % (one standard error) by 4 KiB of HyperLogLog registers
/// (Flajolet et al., 2007), read by the estimator that needs no tables of corrections (Ertl, arXiv:1702.01284).
class DistinctCount {
public:
    static constexpr std::size_t kMostExact = 512;

    void add(std::string_view value);
    void merge(const DistinctCount& other);

    [[nodiscard]] double count() const;
    [[nodiscard]] bool exact() const noexcept { return registers_.empty(); }

private:
    void add_hash(std::uint64_t hash);
    void note(std::uint64_t hash) noexcept;

    std::unordered_set<std::uint64_t> hashes_;  // While it is exact.
    std::vector<std::uint8_t> registers_;       // Afterwards.
};

}  // namespace wideline::read
