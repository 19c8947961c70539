// The recorded traffic: 10,000 requests that a real web site served, one a line of a gzipped CSV file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace site {

struct RecordedRequest {
    std::uint32_t client = 0;
    std::string method;
    std::string path;  ///< with its query, percent-encoded, as it was asked for
    int status = 0;
    std::uint64_t bytes = 0;    ///< of the answer's body
    std::string referrer_host;  ///< empty where there was none
    std::string user_agent;
};

/// Reads the file, gzipped or not. Throws std::runtime_error, naming the file and the line, where it is not such a
/// record.
[[nodiscard]] std::vector<RecordedRequest> read_recorded_traffic(const std::string& path);

}  // namespace site
