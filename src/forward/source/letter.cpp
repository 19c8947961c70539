#include "forward/source/letter.hpp"

#include <fmt/format.h>

#include "encoding/json_string.hpp"

namespace wideline::delivery {
namespace {

constexpr std::size_t kMostAnswer = 512;
constexpr std::string_view kFirstField = ",\"wideline.dead.forward\":";

}  // namespace

std::string dead_letter_line(const DeadLetter& letter, std::string_view forward, std::string_view target,
                             std::string_view at) {
    using json_text::quoted;
    const std::size_t brace = letter.event.rfind('}');
    std::string line(letter.event.substr(0, brace == std::string_view::npos ? letter.event.size() : brace));
    line.append(kFirstField).append(quoted(forward));
    line.append(",\"wideline.dead.target\":").append(quoted(target));
    line.append(",\"wideline.dead.reason\":").append(quoted(letter.reason));
    line.append(",\"wideline.dead.answer\":").append(quoted(std::string_view(letter.answer).substr(0, kMostAnswer)));
    line.append(fmt::format(",\"wideline.dead.status\":{}", letter.status));
    line.append(",\"wideline.dead.code\":").append(quoted(letter.code));
    line.append(fmt::format(",\"wideline.dead.attempts\":{}", letter.attempts));
    line.append(",\"wideline.dead.at\":").append(quoted(at));
    line.append(",\"wideline.dead.run\":").append(quoted(letter.run));
    line.append(fmt::format(",\"wideline.dead.sequence\":{}}}\n", letter.sequence));
    return line;
}

std::string event_of_dead_letter(std::string_view line) {
    while (line.ends_with('\n')) line.remove_suffix(1);
    const std::size_t cut = line.rfind(kFirstField);
    return cut == std::string_view::npos ? std::string(line) : std::string(line.substr(0, cut)) + "}";
}

}  // namespace wideline::delivery
