#include "cli/event_segments.hpp"

#include "cli/input.hpp"
#include "read/segment_list.hpp"
#include "read/segment_reader.hpp"

namespace wideline::cli {

EventSegments event_segments(const std::vector<std::string>& paths) {
    EventSegments found;
    const auto refuse = [&found](const platform::Failure& failure) {
        complain(failure.sentence());
        found.status = ExitStatus::unusable;
    };
    for (const std::string& path : paths) {
        const auto segments = read::segments_at(platform::FileSystem::real(), path);
        if (!segments.ok()) {
            refuse(segments.failure());
            continue;
        }
        for (const std::string& segment : segments.value()) {
            // Standard input can be opened once, which is not now.
            const bool later = segment == "-";
            const auto opened = later ? platform::Result<std::unique_ptr<read::SegmentReader>>(nullptr)
                                      : read::SegmentReader::open(platform::FileSystem::real(), segment);
            if (opened.ok())
                found.segments.push_back(segment);
            else
                refuse(opened.failure());
        }
    }
    return found;
}

}  // namespace wideline::cli
