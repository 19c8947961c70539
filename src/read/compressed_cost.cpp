#define ZSTD_STATIC_LINKING_ONLY  // ZSTD_generateSequences
#include "read/compressed_cost.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <new>

namespace wideline::read {
namespace {

constexpr std::size_t kMostPart = std::size_t{1} << 20;
constexpr float kBitsOfPlainByte = 8;

/// How often each symbol of one kind occurs in a block, and what each therefore costs.
template <std::size_t Symbols>
class Prices {
public:
    void count(std::size_t symbol) noexcept {
        ++counts_[symbol];
        ++total_;
    }
    void settle() noexcept {
        for (std::size_t i = 0; i < Symbols; ++i)
            if (counts_[i] != 0) bits_[i] = std::log2(static_cast<float>(total_) / static_cast<float>(counts_[i]));
    }
    [[nodiscard]] float of(std::size_t symbol) const noexcept { return bits_[symbol]; }

private:
    std::array<std::uint32_t, Symbols> counts_{};
    std::array<float, Symbols> bits_{};
    std::uint32_t total_ = 0;
};

/// A number as an entropy coder sees it: a code, and bits that stand as they are. Small ones are codes of their own.
struct Coded {
    std::size_t code;
    float bits;
};
constexpr std::size_t kCodes = 64;

Coded coded_length(unsigned length) {
    if (length < 16) return {length, 0};
    const int width = std::bit_width(length);
    return {static_cast<std::size_t>(11 + width), static_cast<float>(width - 1)};
}

Coded coded_distance(const ZSTD_Sequence& match) {
    if (match.rep != 0) return {match.rep, 0};  // One of the three distances before.
    const int width = std::bit_width(match.offset);
    return {static_cast<std::size_t>(3 + width), static_cast<float>(width - 1)};
}

bool ends_block(const ZSTD_Sequence& sequence) { return sequence.matchLength == 0; }

/// One block: what it writes, then what that costs. Gives the end of the block's bytes.
std::size_t price_block(std::span<const ZSTD_Sequence> block, std::string_view part, std::size_t at, float* prices) {
    Prices<256> literals;
    Prices<kCodes> literal_runs;
    Prices<kCodes> match_lengths;
    Prices<kCodes> distances;
    std::size_t end = at;
    for (const ZSTD_Sequence& sequence : block) {
        for (unsigned i = 0; i < sequence.litLength; ++i) literals.count(static_cast<unsigned char>(part[end + i]));
        end += sequence.litLength + sequence.matchLength;
        if (ends_block(sequence)) continue;
        literal_runs.count(coded_length(sequence.litLength).code);
        match_lengths.count(coded_length(sequence.matchLength).code);
        distances.count(coded_distance(sequence).code);
    }
    literals.settle();
    literal_runs.settle();
    match_lengths.settle();
    distances.settle();

    for (const ZSTD_Sequence& sequence : block) {
        for (unsigned i = 0; i < sequence.litLength; ++i, ++at)
            prices[at] = literals.of(static_cast<unsigned char>(part[at]));
        if (ends_block(sequence)) continue;
        const Coded run = coded_length(sequence.litLength);
        const Coded length = coded_length(sequence.matchLength);
        const Coded distance = coded_distance(sequence);
        const float bits = literal_runs.of(run.code) + run.bits + match_lengths.of(length.code) + length.bits +
                           distances.of(distance.code) + distance.bits;
        std::fill_n(prices + at, sequence.matchLength, bits / static_cast<float>(sequence.matchLength));
        at += sequence.matchLength;
    }
    return at;
}

}  // namespace

CompressedCost::CompressedCost() : compressor_(ZSTD_createCCtx()) {
    if (!compressor_) throw std::bad_alloc();
    ZSTD_CCtx_setParameter(compressor_.get(), ZSTD_c_compressionLevel, 1);
}

std::span<const float> CompressedCost::of(std::string_view lines) {
    prices_.assign(lines.size(), kBitsOfPlainByte);
    for (std::size_t at = 0; at < lines.size(); at += kMostPart)
        price_part(lines.substr(at, kMostPart), prices_.data() + at);
    return prices_;
}

void CompressedCost::price_part(std::string_view part, float* prices) {
    const std::size_t room = ZSTD_sequenceBound(part.size());
    sequences_.resize(std::max(sequences_.size(), room * sizeof(ZSTD_Sequence)));
    auto* const sequences = reinterpret_cast<ZSTD_Sequence*>(sequences_.data());
    const std::size_t count = ZSTD_generateSequences(compressor_.get(), sequences, room, part.data(), part.size());
    if (ZSTD_isError(count) != 0) return;  // Every byte then costs the same.

    std::size_t at = 0;
    for (std::size_t begin = 0; begin < count;) {
        std::size_t end = begin;
        std::size_t bytes = 0;
        do bytes += sequences[end].litLength + sequences[end].matchLength;
        while (!ends_block(sequences[end++]) && end < count);
        if (bytes > part.size() - at) return;
        at = price_block({sequences + begin, end - begin}, part, at, prices);
        begin = end;
    }
}

}  // namespace wideline::read
