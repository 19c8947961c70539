#include "read/distinct_count.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "journal/frame_index.hpp"

namespace wideline::read {
namespace {

constexpr int kIndexBits = 12;
constexpr int kRankBits = 64 - kIndexBits;
constexpr std::size_t kRegisters = std::size_t{1} << kIndexBits;

// The two series of Ertl's estimator, for registers that are still 0 and those that are full.
double sigma(double x) {
    if (x == 1) return std::numeric_limits<double>::infinity();
    double y = 1;
    double z = x;
    for (double before = -1; before != z; y += y) {
        x *= x;
        before = z;
        z += x * y;
    }
    return z;
}

double tau(double x) {
    if (x == 0 || x == 1) return 0;
    double y = 1;
    double z = 1 - x;
    for (double before = -1; before != z;) {
        x = std::sqrt(x);
        before = z;
        y /= 2;
        z -= (1 - x) * (1 - x) * y;
    }
    return z / 3;
}

}  // namespace

void DistinctCount::add(std::string_view value) { add_hash(journal_files::hash_of(value)); }

void DistinctCount::add_hash(std::uint64_t hash) {
    if (!exact()) return note(hash);
    hashes_.insert(hash);
    if (hashes_.size() <= kMostExact) return;
    registers_.assign(kRegisters, 0);
    for (const std::uint64_t one : hashes_) note(one);
    hashes_ = {};
}

void DistinctCount::note(std::uint64_t hash) noexcept {
    std::uint8_t& reg = registers_[hash >> kRankBits];
    const std::uint64_t rest = hash << kIndexBits;
    const int rank = std::min(std::countl_zero(rest), kRankBits) + 1;
    reg = std::max(reg, static_cast<std::uint8_t>(rank));
}

void DistinctCount::merge(const DistinctCount& other) {
    for (const std::uint64_t hash : other.hashes_) add_hash(hash);
    if (other.exact()) return;
    if (exact()) {
        const auto mine = std::move(hashes_);
        hashes_ = {};
        registers_.assign(kRegisters, 0);
        for (const std::uint64_t hash : mine) note(hash);
    }
    for (std::size_t i = 0; i < kRegisters; ++i) registers_[i] = std::max(registers_[i], other.registers_[i]);
}

double DistinctCount::count() const {
    if (exact()) return static_cast<double>(hashes_.size());
    std::array<double, kRankBits + 2> with_rank{};
    for (const std::uint8_t rank : registers_) ++with_rank[rank];
    constexpr auto kM = static_cast<double>(kRegisters);
    double z = kM * tau(1 - with_rank[kRankBits + 1] / kM);
    for (int rank = kRankBits; rank >= 1; --rank) z = (z + with_rank[static_cast<std::size_t>(rank)]) / 2;
    z += kM * sigma(with_rank[0] / kM);
    return kM * kM / (2 * std::log(2.0) * z);
}

}  // namespace wideline::read
