#include "cli/input.hpp"

#include <cstdio>

#include "encoding/printable.hpp"

namespace wideline::cli {

void complain(std::string_view sentence) {
    const std::string line = "wideline: " + printable(sentence) + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
}

Input::Input(std::vector<std::string> paths)
    : segments_(platform::FileSystem::real(), std::move(paths),
                [this](read::SegmentInput::Trouble trouble, const std::string& sentence) {
                    const bool damage = trouble == read::SegmentInput::Trouble::damage;
                    complain(sentence);
                    status_ = worse(status_, damage ? ExitStatus::nothing_or_problems : ExitStatus::unusable);
                }) {}

ExitStatus Input::for_each(const Take& take) {
    segments_.begin_again();
    while (const auto piece = segments_.next()) take(segments_.segment(), *piece);
    return status_;
}

}  // namespace wideline::cli
