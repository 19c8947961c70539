#include "cli/event_segments.hpp"

#include "cli/input.hpp"
#include "read/segment_list.hpp"
#include "read/segment_reader.hpp"
#include "read/segment_walk.hpp"

namespace wideline::cli {

EventSegments event_segments(const std::vector<std::string>& paths) {
    EventSegments found;
    for (const std::string& path : paths) {
        // A pipe can be opened once, which is not now.
        if (read::is_read_once(path)) {
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

std::optional<std::uint64_t> twice_bytes_at(const std::vector<std::string>& segments) {
    const auto bytes = bytes_at(segments);
    return bytes ? std::optional(2 * *bytes) : bytes;
}

bool is_lasting(std::string_view verb, const std::string& path) {
    if (read::is_read_once(path)) {
        complain(std::string(verb) + " reads files and directories, not standard input or a pipe; see wideline cat");
        return false;
    }
    const auto refuse = [](const platform::Failure& failure) {
        complain(failure.sentence());
        return false;
    };
    platform::FileSystem& files = platform::FileSystem::real();
    const auto segments = read::segments_at(files, path);
    if (!segments.ok()) return refuse(segments.failure());
    if (segments.value() != std::vector<std::string>{path}) return true;  // Of a directory.
    const auto opened = read::SegmentReader::open(files, path);
    return opened.ok() || refuse(opened.failure());
}

}  // namespace wideline::cli
