#include "read/seen_frames.hpp"

#include <algorithm>
#include <iterator>

namespace wideline::read {

using journal_files::FrameIndex;

bool SeenFrames::has(const FrameIndex& index) const {
    const auto run = by_stream_.find(index.stream);
    if (run == by_stream_.end()) return false;
    const auto after = run->second.upper_bound(index.sequence);
    // The last number, for the one behind it may be none.
    return after != run->second.begin() && std::prev(after)->second >= index.sequence + (index.sequences - 1);
}

void SeenFrames::add(const FrameIndex& index) {
    if (index.stream == 0) return;
    Ranges& ranges = by_stream_[index.stream];
    std::uint64_t first = index.sequence;
    std::uint64_t last = index.sequence + (index.sequences - 1);
    auto at = ranges.upper_bound(first);
    if (at != ranges.begin() && (std::prev(at)->second >= first || std::prev(at)->second + 1 == first)) --at;
    while (at != ranges.end() && (at->first <= last || at->first - 1 == last)) {
        first = std::min(first, at->first);
        last = std::max(last, at->second);
        at = ranges.erase(at);
    }
    ranges.emplace(first, last);
}

}  // namespace wideline::read
