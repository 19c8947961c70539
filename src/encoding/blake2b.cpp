#include "encoding/blake2b.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

namespace wideline {
namespace {

constexpr std::size_t kBlockBytes = 128;
constexpr std::size_t kMostKeyBytes = 64;
constexpr std::array<std::uint64_t, 8> kStart = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
                                                 0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
                                                 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};
constexpr std::uint8_t kOrder[12][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3}};

using State = std::array<std::uint64_t, 8>;

std::uint64_t little_endian(std::uint64_t word) noexcept {
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    return word;
}

void compress(State& state, const std::uint8_t* block, std::uint64_t bytes_so_far, bool last) noexcept {
    std::uint64_t m[16];
    std::memcpy(m, block, sizeof m);
    for (std::uint64_t& word : m) word = little_endian(word);
    std::uint64_t v[16];
    for (std::size_t i = 0; i < 8; ++i) {
        v[i] = state[i];
        v[i + 8] = kStart[i];
    }
    v[12] ^= bytes_so_far;  // no text here has 2^64 bytes
    if (last) v[14] = ~v[14];
    const auto mix = [&v](int a, int b, int c, int d, std::uint64_t x, std::uint64_t y) {
        v[a] += v[b] + x;
        v[d] = std::rotr(v[d] ^ v[a], 32);
        v[c] += v[d];
        v[b] = std::rotr(v[b] ^ v[c], 24);
        v[a] += v[b] + y;
        v[d] = std::rotr(v[d] ^ v[a], 16);
        v[c] += v[d];
        v[b] = std::rotr(v[b] ^ v[c], 63);
    };
    for (const auto& order : kOrder) {
        mix(0, 4, 8, 12, m[order[0]], m[order[1]]);
        mix(1, 5, 9, 13, m[order[2]], m[order[3]]);
        mix(2, 6, 10, 14, m[order[4]], m[order[5]]);
        mix(3, 7, 11, 15, m[order[6]], m[order[7]]);
        mix(0, 5, 10, 15, m[order[8]], m[order[9]]);
        mix(1, 6, 11, 12, m[order[10]], m[order[11]]);
        mix(2, 7, 8, 13, m[order[12]], m[order[13]]);
        mix(3, 4, 9, 14, m[order[14]], m[order[15]]);
    }
    for (std::size_t i = 0; i < 8; ++i) state[i] ^= v[i] ^ v[i + 8];
}

}  // namespace

void blake2b(std::span<std::uint8_t> digest, std::string_view key, std::string_view text) noexcept {
    key = key.substr(0, kMostKeyBytes);
    State state = kStart;
    state[0] ^= 0x01010000 ^ key.size() << 8 ^ digest.size();
    std::uint64_t bytes = 0;
    std::array<std::uint8_t, kBlockBytes> block{};
    if (!key.empty()) {
        std::memcpy(block.data(), key.data(), key.size());
        bytes = kBlockBytes;
        compress(state, block.data(), bytes, text.empty());
    }
    if (key.empty() || !text.empty()) {
        while (text.size() > kBlockBytes) {
            bytes += kBlockBytes;
            compress(state, reinterpret_cast<const std::uint8_t*>(text.data()), bytes, false);
            text.remove_prefix(kBlockBytes);
        }
        block.fill(0);
        std::copy(text.begin(), text.end(), block.begin());
        bytes += text.size();
        compress(state, block.data(), bytes, true);
    }
    for (std::uint64_t& word : state) word = little_endian(word);
    std::memcpy(digest.data(), state.data(), digest.size());
}

}  // namespace wideline
