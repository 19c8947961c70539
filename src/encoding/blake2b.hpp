// BLAKE2b with a key (RFC 7693): what hashes values so that nobody without the key can try which value it was.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace wideline {

/// Fills `digest`, of 1 to 64 bytes. The key has at most 64 bytes; without one it is the plain hash.
void blake2b(std::span<std::uint8_t> digest, std::string_view key, std::string_view text) noexcept;

}  // namespace wideline
