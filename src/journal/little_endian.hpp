// Numbers in files: little-endian at every byte, whatever the machine and the alignment.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wideline::journal_files {

template <std::unsigned_integral T>
void append_little_endian(std::string& to, T value) {
    for (std::size_t byte = 0; byte < sizeof(T); ++byte)
        to.push_back(static_cast<char>(static_cast<unsigned char>(static_cast<std::uint64_t>(value) >> (8 * byte))));
}

/// `from` must hold sizeof(T) bytes at `offset`.
template <std::unsigned_integral T>
[[nodiscard]] T little_endian_at(std::string_view from, std::size_t offset) {
    std::uint64_t value = 0;
    for (std::size_t byte = 0; byte < sizeof(T); ++byte)
        value |= std::uint64_t{static_cast<unsigned char>(from[offset + byte])} << (8 * byte);
    return static_cast<T>(value);
}

}  // namespace wideline::journal_files
