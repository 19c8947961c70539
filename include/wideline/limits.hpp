// How large an event may grow. Past a limit a write is cut or left out, counted, and the event says so.
#pragma once

#include <cstdint>

namespace wideline {

struct Limits {
    std::uint32_t fields = 512;             ///< distinct keys of an event
    std::uint32_t string_bytes = 16 << 10;  ///< one string; at most 256 KiB - 1
    std::uint32_t event_bytes = 256 << 10;  ///< one JSON line; 1 KiB to 16 MiB
    std::uint32_t depth = 8;                ///< nested arrays and objects of one value
    std::uint32_t array_items = 1024;       ///< items of one array or members of one object
};

}  // namespace wideline
