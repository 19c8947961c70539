#include "sampling/regex_search.hpp"

#include <stdexcept>
#include <string>

namespace wideline::sampling {

namespace {

std::regex::flag_type flags() noexcept {
    auto flags = std::regex::ECMAScript | std::regex::nosubs | std::regex::optimize;
#ifdef __GLIBCXX__
    flags |= std::regex_constants::__polynomial;
#endif
    return flags;
}

[[noreturn]] void refuse(std::string_view pattern, const std::string& why) {
    throw std::invalid_argument("wideline: matches(\"" + std::string(pattern.substr(0, 256)) + "\"): " + why);
}

}  // namespace

std::regex compile_search(std::string_view pattern) {
    if (pattern.size() > kMaxPatternBytes)
        refuse(pattern, "a regular expression has at most " + std::to_string(kMaxPatternBytes) +
                            " bytes, this one has " + std::to_string(pattern.size()));
    try {
        // Alone first: "a)(b" is no expression, though it would be one between the parentheses below.
        const std::regex alone(pattern.begin(), pattern.end(), flags());
        const std::string anywhere = "[\\s\\S]*?(?:" + std::string(pattern) + ")";
        return std::regex(anywhere, flags());
    } catch (const std::regex_error& error) {
        refuse(pattern, error.what());
    }
}

bool search(const std::regex& compiled, std::string_view text) {
    const std::string_view looked_at = text.substr(0, kMaxSearchedBytes);
    return std::regex_search(looked_at.begin(), looked_at.end(), compiled, std::regex_constants::match_continuous);
}

}  // namespace wideline::sampling
