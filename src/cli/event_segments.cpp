#include "cli/event_segments.hpp"

#include "cli/input.hpp"
#include "read/segment_walk.hpp"

namespace wideline::cli {

EventSegments event_segments(const std::vector<std::string>& paths) {
    EventSegments found;
    for (const std::string& path : paths) {
        // Standard input can be opened once, which is not now.
        if (path == "-") {
            found.segments.push_back(path);
            continue;
        }
        read::SegmentWalk walk(platform::FileSystem::real(), {path}, [&found](const std::string& sentence) {
            complain(sentence);
            found.status = ExitStatus::unusable;
        });
        while (const auto segment = walk.next()) found.segments.push_back(segment->path());
    }
    return found;
}

}  // namespace wideline::cli
