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
    if (index.stream != 0) add(Run{index.stream, index.sequence, index.sequence + (index.sequences - 1)});
}

std::vector<SeenFrames::Run> SeenFrames::runs() const {
    std::vector<Run> runs;
    for (const auto& [stream, ranges] : by_stream_)
        for (const auto& [first, last] : ranges) runs.push_back({stream, first, last});
    return runs;
}

bool SeenFrames::has_any(const Run& run) const {
    const auto found = by_stream_.find(run.stream);
    if (found == by_stream_.end()) return false;
    const auto after = found->second.upper_bound(run.last);
    return after != found->second.begin() && std::prev(after)->second >= run.first;
}

void SeenFrames::add(const Run& run) {
    Ranges& ranges = by_stream_[run.stream];
    std::uint64_t first = run.first;
    std::uint64_t last = run.last;
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
