// What a person sees of a stranger's text: in its place in a table, and never obeyed by the terminal.
#include "encoding/printable.hpp"

#include <algorithm>
#include <string>

#include "catch.hpp"

using wideline::beginning_of;
using wideline::columns;
using wideline::printable;

TEST_CASE("A terminal is not sent what it would obey") {
    CHECK(printable("a\x1b[31mb\n\t\x7f") == "a\\x1b[31mb\\n\\t\\x7f");
    CHECK(printable("\xc2\x9b"
                    "31m") == "\\xc2\\x9b31m");
    CHECK(printable("\xe2\x80\xae"
                    "abc") ==
          "\\xe2\\x80\\xae"
          "abc");
    CHECK(printable("\xff\xc3") == "\\xff\\xc3");
    CHECK(printable("größer 日本 🎉") == "größer 日本 🎉");
}

TEST_CASE("Texts take the columns that a terminal gives them, wide ones two a character and marks none") {
    CHECK(columns("") == 0);
    CHECK(columns("größer") == 6);
    CHECK(columns("日本語") == 6);
    CHECK(columns("ｆｕｌｌ") == 8);
    CHECK(columns("한국") == 4);
    CHECK(columns("ok ✅ 🎉") == 8);
    CHECK(columns("e\u0301") == 1);  // e and an acute accent
    CHECK(columns("─│…") == 3);
}

TEST_CASE("A text is cut between characters, and never over its columns") {
    const std::string text = "日本 größer 🎉 e\u0301";
    for (std::size_t most = 0; most <= columns(text) + 1; ++most) {
        const std::string kept(beginning_of(text, most));
        CHECK(text.starts_with(kept));
        CHECK(printable(kept) == kept);  // Whole characters.
        CHECK(columns(kept) <= most);
        CHECK(columns(kept) + 2 > std::min(most, columns(text)));
    }
    CHECK(beginning_of(text, 100) == text);
    CHECK(beginning_of("日本", 3) == "日");
}
