// Numbers as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace site {

/// 1234567 -> "1,234,567"
[[nodiscard]] std::string grouped(std::uint64_t number);

/// 1234567 -> "1.2 MB": three digits or so, in the unit that fits.
[[nodiscard]] std::string readable_bytes(double bytes);

}  // namespace site
