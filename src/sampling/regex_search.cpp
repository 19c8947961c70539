#include "sampling/regex_search.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace wideline::sampling {

namespace {

std::regex::flag_type flags() noexcept {
    auto flags = std::regex::ECMAScript | std::regex::nosubs | std::regex::optimize;
#ifdef __GLIBCXX__
    flags |= std::regex_constants::__polynomial;
#endif
    return flags;
}

constexpr std::string_view kAnyCase = "(?i)";

/// Past the bracket expression that begins at `at`.
std::size_t after_brackets(std::string_view pattern, std::size_t at) noexcept {
    for (++at; at < pattern.size() && pattern[at] != ']'; ++at) {
        if (pattern[at] == '\\') ++at;
        if (pattern.substr(at, 2) == "[:")
            at = pattern.find(":]", at) == pattern.npos ? at : pattern.find(":]", at) + 1;
    }
    return at + 1;
}

/// What `{m,n}` at `at` multiplies by, and moves `at` past it.
std::size_t repetitions(std::string_view pattern, std::size_t& at) noexcept {
    std::size_t most = 1;
    std::size_t number = 0;
    for (++at; at < pattern.size(); ++at) {
        const char c = pattern[at];
        if (c >= '0' && c <= '9')
            number = std::min<std::size_t>(number * 10 + static_cast<std::size_t>(c - '0'), 1'000'000);
        most = std::max(most, number);
        if (c == ',') number = 0;
        if (c == '}') break;
    }
    ++at;
    return most;
}

struct Extent {
    std::size_t atoms = 0;  // with each counted repetition written out, as the automaton has it
    std::size_t depth = 0;  // of parentheses
};

/// About how large the automaton of a pattern becomes; of one that does not compile, anything.
Extent extent_of(std::string_view pattern) {
    constexpr std::size_t kEnough = 1'000'000'000;  // no product overflows
    Extent extent;
    std::vector<std::size_t> outer;
    std::size_t last = 0;  // the atoms that a repetition would repeat
    for (std::size_t at = 0; at < pattern.size();) {
        const char c = pattern[at];
        if (c == '{') {
            const std::size_t more = last * (repetitions(pattern, at) - 1);
            last = std::min(last + more, kEnough);
            extent.atoms = std::min(extent.atoms + more, kEnough);
        } else if (c == '(') {
            outer.push_back(std::exchange(extent.atoms, 0));
            extent.depth = std::max(extent.depth, outer.size());
            ++at;
        } else if (c == ')' && !outer.empty()) {
            last = extent.atoms + 1;
            extent.atoms = std::min(outer.back() + last, kEnough);
            outer.pop_back();
            ++at;
        } else {
            last = 1;
            ++extent.atoms;
            at = c == '[' ? after_brackets(pattern, at) : at + (c == '\\' ? 2 : 1);
        }
    }
    return extent;
}

/// `\1`, and other numbers that are escaped; `\0` alone is the character.
bool has_back_reference(std::string_view pattern) noexcept {
    const auto is_digit = [&](std::size_t at) {
        return at < pattern.size() && pattern[at] >= '0' && pattern[at] <= '9';
    };
    for (std::size_t at = 0; at < pattern.size(); ++at) {
        if (pattern[at] != '\\') continue;
        ++at;
        if (is_digit(at) && (pattern[at] != '0' || is_digit(at + 1))) return true;
    }
    return false;
}

[[noreturn]] void refuse(std::string_view pattern, const std::string& why) {
    throw std::invalid_argument("wideline: matches(\"" + std::string(pattern.substr(0, 256)) + "\"): " + why);
}

}  // namespace

std::regex compile_search(std::string_view written) {
    const bool any_case = written.starts_with(kAnyCase);
    const std::string_view pattern = any_case ? written.substr(kAnyCase.size()) : written;
    const auto how = any_case ? flags() | std::regex::icase : flags();
    if (pattern.size() > kMaxPatternBytes)
        refuse(pattern, "a regular expression has at most " + std::to_string(kMaxPatternBytes) +
                            " bytes, this one has " + std::to_string(pattern.size()));
    // Before the library reads it: libstdc++ adds up the digits of one without an end.
    if (has_back_reference(pattern)) refuse(pattern, "it has a back reference, and the search has none");
    const Extent extent = extent_of(pattern);
    if (extent.depth > kMaxPatternDepth)
        refuse(pattern, "its parentheses are nested more than " + std::to_string(kMaxPatternDepth) + " deep");
    if (extent.atoms > kMaxPatternAtoms)
        refuse(pattern, "with its counted repetitions written out it has more than " +
                            std::to_string(kMaxPatternAtoms) + " parts");
    try {
        // Alone first: "a)(b" is no expression, though it would be one between the parentheses below.
        const std::regex alone(pattern.begin(), pattern.end(), how);
        const std::string anywhere = "[\\s\\S]*?(?:" + std::string(pattern) + ")";
        return std::regex(anywhere, how);
    } catch (const std::regex_error& error) {
        refuse(pattern, error.what());
    }
}

std::string required_text(std::string_view pattern) {
    if (pattern.find_first_of("|()\\") != pattern.npos) return {};
    // Where a bracket expression like these ends is read in more than one way.
    for (const std::string_view unusual : {"[]", "[^]", "[:", "[.", "[="})
        if (pattern.find(unusual) != pattern.npos) return {};
    std::string longest;
    std::string run;
    const auto end_run = [&] {
        if (run.size() > longest.size()) longest = run;
        run.clear();
    };
    for (std::size_t at = 0; at < pattern.size();) {
        const char c = pattern[at];
        if (c == '[') {
            end_run();
            at = after_brackets(pattern, at);
        } else if (c == '*' || c == '+' || c == '?' || c == '{') {
            // What is repeated was the last byte, and may be absent: `b+*` too is an expression.
            if (!run.empty()) run.pop_back();
            end_run();
            if (c == '{')
                (void)repetitions(pattern, at);
            else
                ++at;
        } else if (std::string_view("^$.]}").find(c) != std::string_view::npos) {
            end_run();
            ++at;
        } else {
            run.push_back(c);
            ++at;
        }
    }
    end_run();
    return longest;
}

bool search(const std::regex& compiled, std::string_view text) {
    const std::string_view looked_at = text.substr(0, kMaxSearchedBytes);
    return std::regex_search(looked_at.begin(), looked_at.end(), compiled, std::regex_constants::match_continuous);
}

}  // namespace wideline::sampling
