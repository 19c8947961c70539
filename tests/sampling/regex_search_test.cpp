#include "sampling/regex_search.hpp"

#include <random>
#include <stdexcept>
#include <string>
#include <string_view>

#include "catch.hpp"

using wideline::sampling::compile_search;
using wideline::sampling::required_text;
using wideline::sampling::search;

namespace {

std::string random_of(std::mt19937& random, std::string_view alphabet, std::size_t most) {
    std::string text(random() % (most + 1), ' ');
    for (char& c : text) c = alphabet[random() % alphabet.size()];
    return text;
}

}  // namespace

TEST_CASE("A back reference is refused before its digits are added up", "[sampling][regex]") {
    for (const std::string& pattern : {std::string("(a)\\1"), "\\" + std::string(40, '7'), std::string("\\\\\\9"),
                                       std::string("\\012"), std::string("[\\1]")})
        CHECK_THROWS_WITH(compile_search(pattern), Catch::Contains("back reference"));
    CHECK(search(compile_search("a\\0b"), std::string_view("a\0b", 3)));
    CHECK(search(compile_search("\\\\1"), "\\1"));
}

TEST_CASE("Text that every match has is found in a plain pattern", "[sampling][regex]") {
    CHECK(required_text("^c_0000") == "c_0000");
    CHECK(required_text("card.*declined") == "declined");
    CHECK(required_text("[a-c]imeout?s") == "imeou");
    CHECK(required_text("5xx|timeout").empty());
    CHECK(required_text("a\\.b").empty());
}

TEST_CASE("No text that a pattern matches is without the text that it requires", "[sampling][regex]") {
    std::mt19937 random{11};
    int matched = 0;
    for (int round = 0; round < 20'000; ++round) {
        const std::string pattern = random_of(random, "aabbc.*+?[]^-{}2,$|()\\", 7);
        std::regex compiled;
        try {
            compiled = compile_search(pattern);
        } catch (const std::invalid_argument&) {
            continue;
        }
        const std::string required = required_text(pattern);
        if (required.empty()) continue;
        for (int i = 0; i < 20; ++i) {
            const std::string text = random_of(random, "abc2,-]", 10);
            if (!search(compiled, text)) continue;
            ++matched;
            INFO(pattern << " in " << text);
            REQUIRE(text.find(required) != std::string::npos);
        }
    }
    CHECK(matched > 1'000);
}
