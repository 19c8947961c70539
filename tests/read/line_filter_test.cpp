// The filter may only leave out lines that do not match: searching with it finds what asking every line finds.
#include "read/line_filter.hpp"

#include <random>

#include "catch.hpp"
#include "read/byte_window.hpp"
#include "read/frame_search.hpp"
#include "read/lines.hpp"

namespace {

using namespace wideline::read;

class RandomLines {
public:
    std::string lines(int count) {
        std::string all;
        for (int i = 0; i < count; ++i) {
            std::string line = "{";
            for (int fields = pick(4); fields >= 0; --fields)
                line += string(kKeys[pick(5)]) + blank() + ":" + blank() + value(2) + (fields == 0 ? "" : ",");
            all += pick(20) == 0 ? "no json \"key\":1\n" : line + "}\n";
        }
        return all;
    }
    std::string expression() {
        const std::string text = kTexts[pick(9)];
        constexpr const char* kOperators[] = {"=", "!=", "<", "<=", ">", ">=", "~"};
        return pick(4) == 0 ? "\"" + text + "\""
                            : "\"" + std::string(kKeys[pick(5)]) + "\"" + kOperators[pick(7)] + text;
    }
    int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

private:
    static constexpr const char* kKeys[] = {"key", "a.b", "http/route", "=", "k\"q"};
    static constexpr const char* kTexts[] = {"7",   "7.5",        "true",          "null", "text",
                                             "a/b", "say \"hi\"", "back\\\\slash", "key"};

    const char* blank() {
        constexpr const char* kBlanks[] = {" ", "\t", "\r"};
        return pick(6) == 0 ? kBlanks[pick(3)] : "";
    }
    std::string string(std::string_view text) {
        std::string json = "\"";
        for (const char c : text) {
            char escaped[8];
            std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
            if (pick(30) == 0)
                json += escaped;
            else if (c == '"' || c == '\\' || (c == '/' && pick(3) == 0))
                json += std::string("\\") + c;
            else
                json += c;
        }
        return json + "\"";
    }
    std::string value(int depth) {
        constexpr const char* kWords[] = {"7", "7.0", "7e0", "75e-1", "-3", "true", "false", "null"};
        const int kind = pick(depth == 0 ? 4 : 6);
        if (kind < 2) return kWords[pick(8)];
        if (kind < 4) return string(kTexts[pick(9)]);
        if (kind == 4) return "[" + value(depth - 1) + "," + value(depth - 1) + "]";
        return "{" + string("key") + ":" + value(depth - 1) + "}";
    }

    std::mt19937 random_{7};
};

}  // namespace

TEST_CASE("Leaving out lines by their bytes leaves out none that matches") {
    RandomLines random;
    std::uint64_t found_in_all = 0;
    for (int round = 0; round < 3000; ++round) {
        const std::string lines = random.lines(12);
        std::vector<std::string> expressions{random.expression()};
        while (random.pick(2) == 0) expressions.push_back(random.expression());
        const auto parsed = Match::parse(expressions, random.pick(2) == 0 ? Match::Combine::all : Match::Combine::any);
        REQUIRE(parsed.ok());

        const std::string padded = lines + std::string(kReadableBehind, '\0');
        const std::string_view shown = std::string_view(padded).substr(0, lines.size());
        std::string expected;
        Matcher matcher(parsed.value());
        for_each_line(shown, [&](std::string_view line) {
            if (matcher.matches(line)) expected += line;
        });
        std::string found;
        std::uint64_t count = 0;
        FrameSearch(parsed.value(), {}).search(shown, Share::all, found, count);
        INFO(lines);
        INFO(expressions.front());
        INFO(expressions.back());
        REQUIRE(found == expected);
        found_in_all += count;
    }
    CHECK(found_in_all > 1000);
}

TEST_CASE("A needle is found where it is first, at every place and length") {
    std::mt19937 random(11);
    for (int round = 0; round < 20000; ++round) {
        std::string text(random() % 300, 'x');
        for (char& c : text) c = "ab\"7"[random() % 4];
        std::string bytes(1 + random() % 6, 'x');
        for (char& c : bytes) c = "ab\"7"[random() % 4];
        const std::size_t from = random() % (text.size() + 1);
        REQUIRE(Needle(bytes).find(text, from) == text.find(bytes, from));
    }
}
