// The event as one line of a logger: JSON text built by fmt with formats that are compiled. What it leaves out is
// escaping, which the peers that write JSON do and this one does not.
#pragma once

#include <fmt/compile.h>
#include <spdlog/spdlog.h>

#include <iterator>

#include "support/checkout_event.hpp"

namespace wideline::bench {

inline void log_checkout(spdlog::logger& logger, const Checkout& values) {
    fmt::memory_buffer line;
    auto out = std::back_inserter(line);
#define TEXT(key, member) fmt::format_to(out, FMT_COMPILE("\"" key "\":\"{}\","), values.member);
#define PLAIN(key, member) fmt::format_to(out, FMT_COMPILE("\"" key "\":{},"), values.member);
    WIDELINE_BENCH_STRINGS(TEXT)
    WIDELINE_BENCH_INTEGERS(PLAIN)
    WIDELINE_BENCH_DOUBLES(PLAIN)
    WIDELINE_BENCH_BOOLEANS(PLAIN)
#undef TEXT
#undef PLAIN
    fmt::format_to(out, FMT_COMPILE("\"cart.item_ids\":[{},{},{}],\"feature_flags\":[\"{}\",\"{}\"]"),
                   values.item_ids[0], values.item_ids[1], values.item_ids[2], values.flags[0], values.flags[1]);
    logger.info(spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace wideline::bench
