#include "encoding/json_walk.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "catch.hpp"

using wideline::json_text::JsonWalk;
using wideline::json_text::kWalkReadsBehind;

namespace {

/// The texts of the members or items; nothing if the text is not valid. After the text lies what would do most harm.
std::optional<std::vector<std::string>> walked(const std::string& text, JsonWalk::Over over) {
    // On the heap and to the byte, so that the address sanitizer sees a read too far.
    for (const char behind : {'"', '}', '\0', '1'}) {
        const std::string padded = text + std::string(kWalkReadsBehind, behind);
        const std::vector<char> bytes(padded.begin(), padded.end());
        JsonWalk walk({bytes.data(), text.size()}, over);
        std::vector<std::string> found;
        for (JsonWalk::Member member; walk.next(member);)
            found.push_back(std::string(member.key) + ":" + std::string(member.value));
        if (behind == '1') return walk.whole() ? std::optional(found) : std::nullopt;
    }
    return std::nullopt;
}

bool accepts(const std::string& object) { return walked(object, JsonWalk::Over::object).has_value(); }

}  // namespace

TEST_CASE("Members and items come as they stand") {
    using Texts = std::vector<std::string>;
    CHECK(walked(" { \"a\" : 1 ,\t\"b\\\"c\":\"x\\u00e9\", \"\":[1, {\"d\":[]}] } \r\n", JsonWalk::Over::object) ==
          Texts{"a:1", "b\\\"c:\"x\\u00e9\"", ":[1, {\"d\":[]}]"});
    CHECK(walked("[1,\"two\",[3],{\"4\":null}]", JsonWalk::Over::array) ==
          Texts{":1", ":\"two\"", ":[3]", ":{\"4\":null}"});
    CHECK(walked("{}", JsonWalk::Over::object) == Texts{});
    CHECK(walked("[ ]", JsonWalk::Over::array) == Texts{});
    CHECK_FALSE(walked("[]", JsonWalk::Over::object));
    CHECK_FALSE(walked("{}", JsonWalk::Over::array));
}

TEST_CASE("A value that is malformed in any way makes its object malformed, wherever it stands") {
    const std::vector<std::string> malformed = {
        // numbers
        "01",
        "-01",
        "-",
        "+1",
        "1.",
        "-2.",
        ".5",
        "-.5",
        "1e",
        "1e+",
        "1E-",
        "1.e3",
        "1eE2",
        "0e",
        "0.3e",
        "1.2.3",
        "--1",
        "1+2",
        "0x1",
        "1_000",
        "1 000",
        "1a",
        "-1x",
        "2.e+3",
        "0.e1",
        "-Infinity",
        "Infinity",
        "NaN",
        "-NaN",
        "++1",
        "\xEF\xBC\x91",
        // words
        "nul",
        "nulll",
        "True",
        "tru",
        "truE",
        "fals",
        "falsey",
        "undefined",
        "*",
        "",
        "a",
        // strings
        "\"",
        "\"a",
        "'a'",
        "\"\\x00\"",
        "\"\\\"",
        "\"\\\\\\\"",
        "\"\\u\"",
        "\"\\u1\"",
        "\"\\u12\"",
        "\"\\u123\"",
        "\"\\u00A\"",
        "\"\\uqqqq\"",
        "\"\\uD834\\uDd\"",
        "\"\\uD800\\u1x\"",
        "\"\\a\"",
        "\"\\'\"",
        "\"\\U0041\"",
        "\"\\ \"",
        "\"\\\t\"",
        "\"\\\n\"",
        "\"a\tb\"",
        "\"a\nb\"",
        std::string("\"a\0b\"", 5),
        "\"\x01\"",
        "\"\x1f\"",
        "\"\\\xC3\xA9\"",
        "\"a\" \"b\"",
        "\"a\"x",
        "\\u0020\"a\"",
        // bytes that are not UTF-8
        "\"\xFF\"",
        "\"\x80\"",
        "\"\xC3\"",
        "\"\xC0\x80\"",
        "\"\xE0\x80\x80\"",
        "\"\xED\xA0\x80\"",
        "\"\xF4\x90\x80\x80\"",
        "\"\xE2\x82\"",
        "\"\\u0041\xFF\"",
        "\xC3\xA9",
        // arrays
        "[",
        "]",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[,]",
        "[1,,2]",
        "[1 true]",
        "[1 2]",
        "[a",
        "[a]",
        "[\"a\"",
        "[\"a\" 1]",
        "[1:2]",
        "[:1]",
        "[1]]",
        "[[1]",
        "[1}",
        "[\"a\",\n4\n,1,",
        "[*]",
        "[1;2]",
        "[,",
        "[\"\": 1]",
        "[-]",
        "[01]",
        "[nul]",
        "[\"\\x\"]",
        "[\"\t\"]",
        "[\x0C]",
        "[\xE2\x81\xA0]",
        "[1],",
        "[]a",
        // objects
        "{",
        "}",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{,\"a\":1}",
        "{\"a\"}",
        "{\"a\" 1}",
        "{\"a\",1}",
        "{\"a\"::1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":1,,\"b\":2}",
        "{a:1}",
        "{1:1}",
        "{'a':1}",
        "{null:1}",
        "{[]:1}",
        "{:1}",
        "{\"a\":1]",
        "{\"a\":}",
        "{\"a\":1}}",
        "{\"a\":1}#",
        "{\"a\":1}/**/",
        "{/**/\"a\":1}",
        "{\"a\":/*c*/1}",
        "{\"a\":1}//",
        "{\"\\x\":1}",
        "{\"\t\":1}",
        "{\"a\":01}",
        "{\"a\":{\"b\":[1,]}}",
        "{\"\xFF\":1}",
        "{}[]",
        "{1}",
        "{\"a\":\"b\" \"c\"}",
        // nesting that does not end, or ends otherwise
        std::string(100'000, '['),
        std::string(65, '[') + "{" + std::string(65, ']') + "}",
        std::string(64, '[') + "{}" + std::string(63, ']') + "}",
        std::string(200, '[') + std::string(199, ']'),
    };
    for (const std::string& value : malformed) {
        INFO(value.substr(0, 100));
        CHECK_FALSE(accepts("{\"v\":" + value + "}"));
        if (!value.empty()) CHECK_FALSE(accepts("{\"v\":[" + value + "]}"));
        CHECK_FALSE(accepts("{\"a\":1,\"v\":" + value + ",\"b\":\"text\"}"));
        CHECK_FALSE(walked("[0," + value + "]", JsonWalk::Over::array));
    }
    for (const std::string text :
         {"{\"v\":1", "{\"v\":1}}", "{\"v\":1} {}", "{\"v\":1}x", "{\"v\":1},", "\"v\":1}", "{\"v\" 1}", "{\"v\":1,}",
          "{,}", "{v:1}", "", " ", "1", "{\"v\\x\":1}", "{\"v\xFF\":1}", "{\"v\":1}\x0C"}) {
        INFO(text);
        CHECK_FALSE(accepts(text));
    }
}

TEST_CASE("A value that is valid stays so, also one that a reader may choose to refuse") {
    for (const std::string& value :
         std::vector<std::string>{"0", "-0", "0.0", "-0.0e+0", "1e22", "1E+2", "123e65", "10.25E-3", "1e400", "-1e9999",
                                  "123456789012345678901234567890", "true", "false", "null", "\"\"", "\" \"",
                                  "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u0060\\u012a\\u12AB\"", "\"\\uD834\\uDd1e\"",
                                  "\"\\u0000\"", "\"\x7F\"", "\"\xC2\x80\"", "\"\xE2\x80\xA8\"", "\"\xF4\x8F\xBF\xBF\"",
                                  "\"\xEF\xBF\xBF\"", "\"\xE6\x97\xA5\xE6\x9C\xAC\"",
                                  // half a pair of surrogates, and what is left to the reader
                                  "\"\\uD800\"", "\"\\uDd1e\\uD834\"", "\"\\uD800\\n\"", "[]", "[ ]", "[1 , 2]",
                                  "[[]   ]", "[1,null,null,2]", "[\r\n\t 1]", "{}", "{\"a\":{}}", "{\"a\":1,\"a\":2}",
                                  "{\"\":0}", "{\"\\u0000\":[{}]}", std::string(500, '[') + std::string(500, ']'),
                                  "[" + std::string(300, ' ') + "]", "\"" + std::string(100, 'x') + "\""}) {
        INFO(value);
        CHECK(accepts("{\"v\":" + value + "}"));
        CHECK(accepts("{\"a\":[" + value + "],\"v\":" + value + " , \"b\":\"text\"}"));
    }
}

TEST_CASE("It accepts what nlohmann accepts, of texts that are nearly JSON") {
    std::mt19937_64 random(29);
    const std::vector<std::string> good = {
        R"({"a":[1,2,{"b":"x\u00e9\n"},[],{}],"long":"0123456789abcdef0123456789abcdef","n":-1.5e+3,"t":true,"u":null})",
        "{\"\xE6\x97\xA5\":\"\xC3\xA9\xF0\x9F\x98\x80\",\"d\":[[[[[[0]]]]]]}"};
    int valid = 0;
    for (int round = 0; round < 100'000; ++round) {
        std::string text = good[random() % good.size()];
        for (std::uint64_t edits = 1 + random() % 3; edits > 0 && !text.empty(); --edits) {
            const std::size_t at = random() % text.size();
            // No NUL: nlohmann takes it for the end.
            constexpr std::string_view kHostile = "{}[]\",:\\u0\xFF\xC3\xE6\n 1e-.tfnE9";
            const char c = kHostile[random() % kHostile.size()];
            switch (random() % 4) {
                case 0:
                    text[at] = c;
                    break;
                case 1:
                    text.erase(at, 1 + random() % 3);
                    break;
                case 2:
                    text.insert(at, 1, c);
                    break;
                default:
                    std::swap(text[at], text[random() % text.size()]);
                    break;
            }
        }
        const auto json = nlohmann::json::parse(text, nullptr, false);
        const bool expected = json.is_object();
        valid += expected ? 1 : 0;
        INFO(text);
        if (accepts(text) != expected) FAIL("nlohmann says " << expected);
    }
    CHECK(valid > 10'000);
}
