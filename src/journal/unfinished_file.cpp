#include "journal/unfinished_file.hpp"

#include <string_view>

namespace wideline::journal_files {
namespace {

constexpr std::string_view kSuffix = ".unfinished";

}  // namespace

std::string unfinished_path_of(const std::string& path) {
    const std::size_t name = path.rfind('/') + 1;  // 0 where there is no slash.
    return path.substr(0, name) + "." + path.substr(name) + std::string(kSuffix);
}

void remove_unfinished_files(platform::FileSystem& files, const std::string& directory) {
    const auto entries = files.list(directory);
    if (!entries.ok()) return;
    for (const platform::DirectoryEntry& entry : entries.value()) {
        if (!entry.name.starts_with('.') || !entry.name.ends_with(kSuffix)) continue;
        const std::string path = directory + "/" + entry.name;
        const auto file = files.open(path);
        if (!file.ok()) continue;
        const auto locked = file.value()->try_lock();
        if (locked.ok() && locked.value()) (void)files.remove(path).ok();
    }
}

}  // namespace wideline::journal_files
