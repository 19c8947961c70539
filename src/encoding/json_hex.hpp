// Bytes as lower-case hexadecimal digits: ids of traces, spans and events. None of these writes quotes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace wideline::json_text {

/// Room that `write_hex` needs for `size` bytes; no slack.
constexpr std::size_t hex_bound(std::size_t size) noexcept { return 2 * size; }

/// Two digits a byte, in the order of the bytes.
char* write_hex(char* out, std::span<const std::uint8_t> bytes) noexcept;

/// Room that `write_uuid` needs; no slack.
inline constexpr std::size_t kUuidBound = 36;

/// `01932f5e-7a1b-7c3d-8e4f-5a6b7c8d9e0f`.
char* write_uuid(char* out, std::span<const std::uint8_t, 16> bytes) noexcept;

}  // namespace wideline::json_text
