#include "read/segment_list.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include "journal/segment_name.hpp"

namespace wideline::read {
namespace {

bool is_of_events(const platform::DirectoryEntry& entry) {
    if (entry.directory || entry.name.starts_with('.')) return false;
    constexpr std::array<std::string_view, 4> kLines = {".jsonl", ".ndjson", ".json", ".log"};
    return entry.name.ends_with(journal_files::kSegmentSuffix) ||
           std::any_of(kLines.begin(), kLines.end(),
                       [&](std::string_view ending) { return entry.name.ends_with(ending); });
}

}  // namespace

platform::Result<std::vector<std::string>> segments_at(platform::FileSystem& files, const std::string& path) {
    if (path == "-") return std::vector<std::string>{path};
    const auto directory = files.is_directory(path);
    if (!directory.ok()) return directory.failure();
    if (!directory.value()) return std::vector<std::string>{path};
    const auto entries = files.list(path);
    if (!entries.ok()) return entries.failure();

    std::vector<journal_files::SegmentOrder> found;
    for (const platform::DirectoryEntry& entry : entries.value())
        if (is_of_events(entry)) found.push_back(journal_files::segment_order(entry.name));
    std::sort(found.begin(), found.end());
    std::vector<std::string> paths;
    const std::string prefix = path.ends_with('/') ? path : path + "/";
    for (const auto& order : found) paths.push_back(prefix + order.name);
    return paths;
}

bool is_read_once(const std::string& path) {
    std::error_code ignored;
    const auto kind = std::filesystem::status(path, ignored).type();
    return path == "-" || kind == std::filesystem::file_type::fifo || kind == std::filesystem::file_type::socket;
}

}  // namespace wideline::read
