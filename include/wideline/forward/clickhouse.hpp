// Delivery into ClickHouse, over HTTP. Link wideline::clickhouse.
//
// `wideline schema --clickhouse` prints a table for a journal's events. docs/backends.md has the exact requests.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <wideline/forward.hpp>

namespace wideline::forward {

struct ClickHouse {
    std::string name = {};  ///< "clickhouse" if it is empty.
    std::string url = {};   ///< "https://ch.example:8443"
    std::string database = "default";
    std::string table = {};
    std::string user = "default";
    Secret password = {};
    std::map<std::string, std::string> settings = {};  ///< Sent with each INSERT, besides those that wideline sets.
    std::string dots = {};                             ///< If set, takes the place of each dot in keys: "_".
    std::vector<std::string> omit = {};  ///< Keys that are not sent; a `*` at the end stands for any rest.
    Tls tls = {};
    std::string proxy = {};
    std::string compression = "gzip";  ///< "gzip", "none", or "zstd" (ClickHouse 22 and later).
    Limits limits = {};
    bool plain = false;  ///< Allows credentials over http:// to another machine.
};

/// Throws std::invalid_argument with a sentence if the options make no sense.
[[nodiscard]] WIDELINE_EXPORT TargetPtr clickhouse(ClickHouse options);

}  // namespace wideline::forward
