#include "cli/input.hpp"

#include <cstdio>
#include <filesystem>
#include <system_error>

#include "encoding/printable.hpp"
#include "read/segment_list.hpp"

namespace wideline::cli {

std::optional<std::uint64_t> bytes_at(const std::vector<std::string>& paths) {
    std::uint64_t bytes = 0;
    for (const std::string& path : paths) {
        const auto segments = read::segments_at(platform::FileSystem::real(), path);
        if (!segments.ok()) continue;
        for (const std::string& segment : segments.value()) {
            std::error_code error;
            const auto size = std::filesystem::file_size(segment, error);
            if (error == std::errc::no_such_file_or_directory && segment != "-") continue;
            if (error) return std::nullopt;
            bytes += size;
        }
    }
    return bytes;
}

void complain(std::string_view sentence) {
    const Progress::Pause pause(Progress::Pause::For::sentence);
    const std::string line = "wideline: " + printable(sentence) + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
}

Input::Input(std::vector<std::string> paths)
    : paths_(paths),
      segments_(platform::FileSystem::real(), std::move(paths),
                [this](read::SegmentInput::Trouble trouble, const std::string& sentence) {
                    const bool damage = trouble == read::SegmentInput::Trouble::damage;
                    complain(sentence);
                    status_ = worse(status_, damage ? ExitStatus::nothing_or_problems : ExitStatus::unusable);
                }) {}

ExitStatus Input::for_each(const Take& take) {
    const Progress progress(bytes_read(), [this] { return bytes_at(paths_); });
    segments_.begin_again();
    while (const auto piece = segments_.next()) take(segments_.segment(), *piece);
    return status_;
}

}  // namespace wideline::cli
