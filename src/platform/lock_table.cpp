#include "platform/lock_table.hpp"

#include <algorithm>
#include <charconv>

namespace wideline::platform {
namespace {

/// The next word of a line, taken off it.
std::string_view next_word(std::string_view& line) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    const std::string_view word = line.substr(0, line.find(' '));
    line.remove_prefix(word.size());
    return word;
}

}  // namespace

std::optional<LockTable> LockTable::read(FileSystem& files) {
    auto file = files.open("/proc/locks");
    if (!file.ok()) return std::nullopt;
    std::string text;
    for (char part[4096];;) {
        const auto got = file.value()->read(part);
        if (!got.ok()) return std::nullopt;
        if (got.value() == 0) return parse(text);
        text.append(part, got.value());
    }
}

/// `1: FLOCK  ADVISORY  WRITE 8018 fe:00:5309450 0 EOF`; who waits for a lock has `->` after the number.
LockTable LockTable::parse(std::string_view text) {
    LockTable table;
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        (void)next_word(line);
        if (next_word(line) != "FLOCK") continue;
        (void)next_word(line);
        if (next_word(line) != "WRITE") continue;
        (void)next_word(line);
        std::string_view place = next_word(line);
        place.remove_prefix(place.rfind(':') + 1);
        std::uint64_t inode = 0;
        const auto [end, error] = std::from_chars(place.data(), place.data() + place.size(), inode);
        if (error == std::errc{} && end == place.data() + place.size()) table.inodes_.push_back(inode);
    }
    return table;
}

bool LockTable::is_locked(std::uint64_t inode) const {
    return std::find(inodes_.begin(), inodes_.end(), inode) != inodes_.end();
}

}  // namespace wideline::platform
