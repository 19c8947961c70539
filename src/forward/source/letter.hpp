// A dead letter as a line: the event's own bytes up to its last brace, and fields that begin with wideline.dead.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wideline::delivery {

struct DeadLetter {
    std::string_view event;  ///< Without its line feed.
    std::string reason;
    std::string answer;  ///< Masked.
    int status = 0;
    std::string code;
    std::uint64_t attempts = 0;
    std::string run;
    std::uint64_t sequence = 0;
};

/// With its line feed.
[[nodiscard]] std::string dead_letter_line(const DeadLetter& letter, std::string_view forward, std::string_view target,
                                           std::string_view at);
/// The event of such a line, byte for byte, without a line feed; the line itself if it is not a letter.
[[nodiscard]] std::string event_of_dead_letter(std::string_view line);

}  // namespace wideline::delivery
