// Delivery by HTTP POST. Link wideline::http.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <wideline/forward.hpp>

namespace wideline::forward {

struct Http {
    std::string name = {};          ///< "http" if it is empty.
    std::string url = {};           ///< "https://logs.example/ingest"
    std::string format = "ndjson";  ///< JSON lines. Any 2xx answer delivers; 400 and 422 refuse what is in the batch.
    std::map<std::string, std::string> headers = {};
    std::string user = {};  ///< With `password`: basic authentication.
    Secret password = {};
    Secret token = {};                   ///< Sent as a bearer token, instead of user and password.
    std::vector<std::string> omit = {};  ///< Keys that are not sent; a `*` at the end stands for any rest.
    Tls tls = {};
    std::string proxy = {};
    std::string compression = "none";  ///< "none", "gzip" or "zstd".
    Limits limits = {};
    bool plain = false;  ///< Allows credentials over http:// to another machine.
};

/// Throws std::invalid_argument with a sentence if the options make no sense.
[[nodiscard]] WIDELINE_EXPORT TargetPtr http(Http options);

}  // namespace wideline::forward
