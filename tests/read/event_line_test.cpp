#include "read/event_line.hpp"

#include <nlohmann/json.hpp>
#include <random>

#include "catch.hpp"
#include "read/byte_window.hpp"

using wideline::read::EventLine;
using wideline::read::JsonText;
using wideline::read::number_of;
using wideline::read::unescaped;

namespace {

/// With the bytes behind it that a reader promises, filled with what would do most harm.
class Readable {
public:
    explicit Readable(const std::string& line) : bytes_(line + std::string(wideline::read::kReadableBehind, '"')) {
        size_ = line.size();
    }
    [[nodiscard]] std::string_view view() const { return {bytes_.data(), size_}; }

private:
    std::string bytes_;
    std::size_t size_;
};

}  // namespace

TEST_CASE("Wanted keys are found as they stand, wherever they are, however often they are asked for") {
    EventLine line({"b", "missing", "d", "b", "e\"f"});
    const Readable text(
        R"({"a":1,"b": "x\n" ,"c":{"b":7},"d":[1, {"e":2}],"e\u0022f":-0.0,"g":12345678901234567890123})");
    REQUIRE(line.read(text.view()));
    CHECK(line.values()[0] == R"("x\n")");
    CHECK(line.values()[1].empty());
    CHECK(line.values()[2] == R"([1, {"e":2}])");
    CHECK(line.values()[3] == R"("x\n")");
    CHECK(line.values()[4] == "-0.0");

    std::vector<std::pair<std::string, JsonText>> fields;
    REQUIRE(line.read_all(text.view(), fields));
    REQUIRE(fields.size() == 6);
    CHECK(fields[4].first == "e\"f");
    CHECK(fields[5].second == "12345678901234567890123");
}

TEST_CASE("A value that is no JSON makes the line none, where it is asked for") {
    EventLine line({"a"});
    std::vector<std::pair<std::string, JsonText>> fields;
    for (const std::string value : {"0x10", "01", "1.", ".5", "1e", "+1", "--1", "truth", "nul", "NaN", "Infinity", "-",
                                    "'x'", "1_000", "falsey"}) {
        INFO(value);
        const Readable text("{\"a\":" + value + ",\"b\":1}");
        CHECK_FALSE(line.read(text.view()));
        CHECK_FALSE(line.read_all(text.view(), fields));
    }
    for (const std::string value : {"0", "-0", "-0.0e+0", "10.25E-3", "1e400", "true", "false", "null", "\"\""}) {
        INFO(value);
        CHECK(line.read(Readable("{\"a\":" + value + "}").view()));
    }
}

TEST_CASE("A mark of UTF-8 before a line is no part of it, nor are blanks behind it") {
    EventLine line({"a"});
    const Readable text("\xEF\xBB\xBF{\"a\":1} \r\n");
    REQUIRE(line.read(text.view()));
    CHECK(line.values()[0] == "1");
}

TEST_CASE("Strings are unescaped as nlohmann does it") {
    for (const std::string text :
         {R"("")", R"("plain")", R"("\"\\\/\b\f\n\r\t")", R"("\u00e9\u20AC")", R"("\ud83d\ude00!")"})
        CHECK(unescaped(text) == nlohmann::json::parse(text).get<std::string>());
    CHECK(unescaped(R"("\ud83d")") == "\xEF\xBF\xBD");
    CHECK(unescaped(R"("\x\u12")") == R"(\x\u12)");
    CHECK(unescaped("12.5") == "12.5");
    CHECK(unescaped("\"") == "\"");
}

TEST_CASE("Numbers are finite or nothing") {
    CHECK(number_of("12.5") == 12.5);
    CHECK(number_of("-1e3") == -1000);
    for (const std::string_view text : {"", "null", "\"1\"", "1x", "1e999", "nan", "inf"}) CHECK_FALSE(number_of(text));
}

TEST_CASE("No line crashes it, and a good one always reads") {
    std::mt19937_64 random(11);
    const std::string good =
        R"({"timestamp":"2026-11-23T22:00:00Z","outcome":"error","a":{"b":[1,2,{"c":"\u00e9"}]},"n":1e5})";
    EventLine line({"outcome", "n", "a"});
    std::vector<std::pair<std::string, JsonText>> fields;
    for (int round = 0; round < 200'000; ++round) {
        std::string text = good;
        for (std::uint64_t edits = random() % 8; edits > 0 && !text.empty(); --edits) {
            const std::size_t at = random() % text.size();
            constexpr std::string_view kHostile = "{}[]\",:\\u0\x00\xFF\xC3\n 1e-.tfn";
            switch (random() % 4) {
                case 0:
                    text[at] = kHostile[random() % kHostile.size()];
                    break;
                case 1:
                    text.erase(at, 1 + random() % 10);
                    break;
                case 2:
                    text.insert(at, std::string(1 + random() % 3, kHostile[random() % kHostile.size()]));
                    break;
                default:
                    text.resize(at);
                    break;
            }
        }
        const Readable readable(text);
        const bool valid = nlohmann::json::accept(text) && text.find_first_not_of(" \n") != std::string::npos &&
                           text[text.find_first_not_of(" \n")] == '{';
        const bool read = line.read(readable.view());
        const bool read_all = line.read_all(readable.view(), fields);
        INFO(text);
        if (valid) REQUIRE((read && read_all));
    }
    // Deep nesting, and nothing at all.
    for (const std::string& text :
         {std::string(), std::string("}"), std::string("{"), "{\"a\":" + std::string(100'000, '[') + "}",
          "{\"a\":" + std::string(5000, '[') + std::string(5000, ']') + "}"}) {
        const Readable readable(text);
        (void)line.read(readable.view());
        (void)line.read_all(readable.view(), fields);
    }
}
