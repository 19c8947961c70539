#include "cli/input.hpp"

#include <cstdio>

#include "encoding/printable.hpp"
#include "read/segment_list.hpp"

namespace wideline::cli {

void complain(std::string_view sentence) {
    const std::string line = "wideline: " + printable(sentence) + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
}

ExitStatus Input::for_each(const Take& take) {
    seen_ = {};
    for (const std::string& path : paths_) {
        const auto segments = read::segments_at(platform::FileSystem::real(), path);
        if (!segments.ok()) {
            complain(segments.failure().sentence());
            status_ = ExitStatus::unusable;
            continue;
        }
        for (const std::string& segment : segments.value()) read_segment(segment, take);
    }
    return status_;
}

void Input::read_segment(const std::string& path, const Take& take) {
    auto opened = read::SegmentReader::open(platform::FileSystem::real(), path);
    if (!opened.ok()) {
        complain(opened.failure().sentence());
        status_ = ExitStatus::unusable;
        return;
    }
    read::SegmentReader& segment = *opened.value();
    segment.set_wanted(wanted_);
    if (leaves_compressed_) segment.leave_compressed();
    while (const auto piece = segment.next()) {
        if (piece->kind != read::Piece::Kind::damage) {
            if (piece->index != nullptr && seen_.has(*piece->index)) {
                bytes_left_out_ += piece->offset + piece->bytes - piece->index_offset;
                continue;
            }
            if (piece->index != nullptr) seen_.add(*piece->index);
            take(segment, *piece);
            continue;
        }
        report_damage(path + " at byte " + std::to_string(piece->offset) + ": " + piece->reason + " (" +
                      std::to_string(piece->bytes) + " bytes left out)");
        bytes_left_out_ += piece->bytes;
    }
    bytes_read_ += segment.position();
}

void Input::report_damage(const std::string& sentence) {
    if (said_.insert(sentence).second) complain(sentence);
    status_ = worse(status_, ExitStatus::nothing_or_problems);
}

}  // namespace wideline::cli
