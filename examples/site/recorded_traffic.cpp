#include "recorded_traffic.hpp"

#include <fmt/core.h>
#include <zlib.h>

#include <array>
#include <charconv>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace site {
namespace {

constexpr std::string_view kColumns = "second,client,method,path,status,bytes,referrer_host,user_agent";
constexpr std::size_t kColumnCount = 8;

std::string read_gzip(const std::string& path) {
    const std::unique_ptr<gzFile_s, int (*)(gzFile)> file{gzopen(path.c_str(), "rb"), gzclose};
    if (!file) throw std::runtime_error{fmt::format("{}: cannot be opened", path)};
    std::string text;
    std::array<char, 65536> block;
    int size = 0;
    while ((size = gzread(file.get(), block.data(), block.size())) > 0)
        text.append(block.data(), static_cast<std::size_t>(size));
    if (size < 0) throw std::runtime_error{fmt::format("{}: {}", path, gzerror(file.get(), &size))};
    return text;
}

/// The fields of one line: separated by commas, and in quotes (doubled inside) where they hold one.
std::vector<std::string> split(std::string_view line) {
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (std::size_t at = 0; at < line.size(); ++at) {
        const char c = line[at];
        if (quoted && c == '"' && at + 1 < line.size() && line[at + 1] == '"') {
            fields.back() += line[++at];
        } else if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            fields.emplace_back();
        } else {
            fields.back() += c;
        }
    }
    return fields;
}

template <typename Number>
bool read_number(const std::string& text, Number& number) {
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    return error == std::errc{} && stop == end;
}

bool read_request(std::string_view line, RecordedRequest& request) {
    std::vector<std::string> fields = split(line);
    if (fields.size() != kColumnCount) return false;
    request.method = std::move(fields[2]);
    request.path = std::move(fields[3]);
    request.referrer_host = std::move(fields[6]);
    request.user_agent = std::move(fields[7]);
    return read_number(fields[1], request.client) && read_number(fields[4], request.status) &&
           read_number(fields[5], request.bytes);
}

std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

}  // namespace

std::vector<RecordedRequest> read_recorded_traffic(const std::string& path) {
    const std::string text = read_gzip(path);
    std::string_view rest = text;
    if (take_line(rest) != kColumns) throw std::runtime_error{fmt::format("{}: line 1 is not {}", path, kColumns)};
    std::vector<RecordedRequest> requests;
    while (!rest.empty()) {
        if (!read_request(take_line(rest), requests.emplace_back()))
            throw std::runtime_error{fmt::format("{}: line {} is no request", path, requests.size() + 1)};
    }
    if (requests.empty()) throw std::runtime_error{fmt::format("{}: holds no request", path)};
    return requests;
}

}  // namespace site
