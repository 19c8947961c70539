#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "encoding/json_string.hpp"
#include "encoding/utf8.hpp"

using namespace wideline::json_text;

namespace {

/// The model: table 3-7 of the Unicode standard row by row, and the longest front of any row that a text begins with.
struct Row {
    std::vector<std::pair<int, int>> bytes;
};

const std::vector<Row> kTable37 = {
    {{{0x00, 0x7f}}},
    {{{0xc2, 0xdf}, {0x80, 0xbf}}},
    {{{0xe0, 0xe0}, {0xa0, 0xbf}, {0x80, 0xbf}}},
    {{{0xe1, 0xec}, {0x80, 0xbf}, {0x80, 0xbf}}},
    {{{0xed, 0xed}, {0x80, 0x9f}, {0x80, 0xbf}}},
    {{{0xee, 0xef}, {0x80, 0xbf}, {0x80, 0xbf}}},
    {{{0xf0, 0xf0}, {0x90, 0xbf}, {0x80, 0xbf}, {0x80, 0xbf}}},
    {{{0xf1, 0xf3}, {0x80, 0xbf}, {0x80, 0xbf}, {0x80, 0xbf}}},
    {{{0xf4, 0xf4}, {0x80, 0x8f}, {0x80, 0xbf}, {0x80, 0xbf}}},
};

std::string model_utf8(std::string_view text, std::uint64_t& replaced) {
    std::string result;
    while (!text.empty()) {
        std::size_t longest = 0;
        bool whole = false;
        for (const Row& row : kTable37) {
            std::size_t same = 0;
            while (same < row.bytes.size() && same < text.size() &&
                   static_cast<unsigned char>(text[same]) >= row.bytes[same].first &&
                   static_cast<unsigned char>(text[same]) <= row.bytes[same].second)
                ++same;
            if (same > longest) longest = same, whole = same == row.bytes.size();
        }
        if (whole) {
            result += text.substr(0, longest);
        } else {
            result += "\xef\xbf\xbd";
            ++replaced;
        }
        text.remove_prefix(std::max<std::size_t>(longest, 1));
    }
    return result;
}

std::string model_json(std::string_view text, std::uint64_t& replaced) {
    std::string result = "\"";
    for (const char c : model_utf8(text, replaced)) {
        static const std::string_view kFrom = "\"\\\b\f\n\r\t";
        static const std::string_view kTo = "\"\\bfnrt";
        if (const auto found = kFrom.find(c); found != std::string_view::npos) {
            result += {'\\', kTo[found]};
        } else if (static_cast<unsigned char>(c) < 0x20) {
            char code[7];
            std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
            result += code;
        } else {
            result += c;
        }
    }
    return result + '"';
}

/// Writes into exactly the room that the bound promises; a guard after it must stay as it was.
std::string written(std::string_view text, std::uint64_t& replaced) {
    static std::string room;
    const std::size_t bound = string_bound(text.size());
    room.assign(bound + 8, '\x5a');
    const char* const end = write_string(room.data(), text, replaced);
    if (room.substr(bound) != std::string(8, '\x5a')) return "wrote past the bound";
    return room.substr(0, static_cast<std::size_t>(end - room.data()));
}

std::string sanitized(std::string_view text, std::uint64_t& replaced) {
    std::string room(utf8_bound(text.size()) + 8, '\x5a');
    const std::size_t bound = utf8_bound(text.size());
    const char* const end = write_utf8(room.data(), text, replaced);
    if (room.substr(bound) != std::string(8, '\x5a')) return "wrote past the bound";
    return room.substr(0, static_cast<std::size_t>(end - room.data()));
}

/// Compares with the model without a Catch assertion for each of millions of texts; gives what differs, or nothing.
std::string difference(std::string_view text) {
    std::uint64_t replaced = 0, expected_replaced = 0, copied_replaced = 0;
    const std::string expected = model_json(text, expected_replaced);
    const std::string got = written(text, replaced);
    std::uint64_t unused = 0;
    const std::string expected_copy = model_utf8(text, unused);
    const std::string copy = sanitized(text, copied_replaced);
    if (got == expected && replaced == expected_replaced && copy == expected_copy && copied_replaced == replaced &&
        is_utf8(text) == (replaced == 0))
        return {};
    std::string hex;
    for (const char c : text) hex += "0123456789abcdef"[(c >> 4) & 15], hex += "0123456789abcdef"[c & 15], hex += ' ';
    return hex + "gives " + got + " in place of " + expected;
}

/// Bytes that end where a page that may not be read begins, so that one read too many is a SIGSEGV.
class PageEnd {
public:
    PageEnd() : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) {
        void* const two = mmap(nullptr, 2 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        REQUIRE(two != MAP_FAILED);
        begin_ = static_cast<char*>(two);
        REQUIRE(mprotect(begin_ + page_, page_, PROT_NONE) == 0);
    }
    ~PageEnd() { munmap(begin_, 2 * page_); }
    PageEnd(const PageEnd&) = delete;
    PageEnd& operator=(const PageEnd&) = delete;

    std::string_view hold(std::string_view text, std::size_t bytes_before_the_end) {
        char* const at = begin_ + page_ - bytes_before_the_end - text.size();
        std::memcpy(at, text.data(), text.size());
        return {at, text.size()};
    }

private:
    std::size_t page_;
    char* begin_ = nullptr;
};

}  // namespace

TEST_CASE("A string comes out quoted, escaped and otherwise as it is", "[json_text]") {
    std::uint64_t replaced = 0;
    CHECK(written("", replaced) == R"("")");
    CHECK(written("card was declined", replaced) == R"("card was declined")");
    CHECK(written("\"\\/\b\f\n\r\t", replaced) == R"("\"\\/\b\f\n\r\t")");
    CHECK(written(std::string_view("\0\x1f\x7f", 3), replaced) == "\"\\u0000\\u001f\x7f\"");
    CHECK(written("\xe2\x80\xa8 Zürich 東京 🦀", replaced) == "\"\xe2\x80\xa8 Zürich 東京 🦀\"");
    CHECK(replaced == 0);
}

TEST_CASE("Each maximal subpart of what is not UTF-8 becomes one U+FFFD and is counted", "[json_text]") {
    // The example of the Unicode standard, table 3-8 and those after it: overlong, surrogates, too high, cut.
    const auto check = [](std::string_view text, std::size_t count) {
        std::string expected = "\"";
        for (std::size_t i = 0; i < count; ++i) expected += "\xef\xbf\xbd";
        std::uint64_t replaced = 0;
        CHECK(written(text, replaced) == expected + "\"");
        CHECK(replaced == count);
    };
    check("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82", 8);
    check("\xed\xa0\x80\xed\xbf\xbf", 6);
    check("\xf4\x91\x92\x93\xff", 5);
    check("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf", 4);
}

TEST_CASE(
    "Any byte at any place of a string of 0 to 80 bytes comes out as the model says, at any alignment and page end",
    "[json_text]") {
    PageEnd page;
    const std::string_view kSpecials[] = {
        "\"",       "\\",           "\n",           std::string_view("\0", 1), "\x1f", "\x7f", "\x80", "\xc3\xa9",
        "\xe2\x82", "\xe2\x82\xac", "\xf0\x9f\xa6", "\xf0\x9f\xa6\x80",        "\xff", " ",    "!"};
    for (std::size_t size = 0; size <= 80; ++size) {
        std::string plain;
        for (std::size_t i = 0; i < size; ++i) plain += static_cast<char>('a' + i % 26);
        for (std::size_t before_end = 0; before_end < 17; before_end += size % 3 + 1)
            if (const auto wrong = difference(page.hold(plain, before_end)); !wrong.empty()) FAIL(wrong);
        for (const std::string_view special : kSpecials) {
            for (std::size_t at = 0; at + special.size() <= size; ++at) {
                std::string text = plain;
                text.replace(at, special.size(), special);
                if (const auto wrong = difference(page.hold(text, 0)); !wrong.empty()) FAIL(wrong);
                if (const auto wrong = difference(page.hold(text, 1 + (at + size) % 16)); !wrong.empty()) FAIL(wrong);
            }
        }
    }
}

TEST_CASE("Every sequence of two bytes and a third of its kind comes out as the model says", "[json_text]") {
    const unsigned char kThird[] = {0x00, 0x22, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f,
                                    0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xf0, 0xff};
    for (int first = 0; first < 256; ++first) {
        for (int second = 0; second < 256; ++second) {
            const std::string two = {static_cast<char>(first), static_cast<char>(second)};
            if (const auto wrong = difference(two); !wrong.empty()) FAIL(wrong);
            if (first < 0xc0) continue;
            for (const unsigned char third : kThird) {
                if (const auto wrong = difference(two + static_cast<char>(third)); !wrong.empty()) FAIL(wrong);
                if (first < 0xe0 || second < 0x70 || second > 0xc2) continue;
                for (const unsigned char fourth : kThird)
                    if (const auto wrong = difference(two + static_cast<char>(third) + static_cast<char>(fourth));
                        !wrong.empty())
                        FAIL(wrong);
            }
        }
    }
}

TEST_CASE("Four bytes read as a word are the sequence that they are byte by byte", "[json_text]") {
    const unsigned char kLater[] = {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xe0, 0xff};
    for (unsigned front = 0; front < 0x10000; ++front) {
        for (const unsigned char third : kLater) {
            for (const unsigned char fourth : kLater) {
                const std::uint32_t word =
                    front | static_cast<unsigned>(third) << 16 | static_cast<unsigned>(fourth) << 24;
                const char bytes[4] = {static_cast<char>(front), static_cast<char>(front >> 8),
                                       static_cast<char>(third), static_cast<char>(fourth)};
                const Utf8Sequence sequence = utf8_sequence(bytes, bytes + 4);
                const unsigned expected = sequence.well_formed && sequence.size > 1 ? sequence.size : 0;
                if (multibyte_size(word) != expected) FAIL(std::hex << word);
            }
        }
    }
}

TEST_CASE("Random texts of letters, escapes, scripts and noise come out as the model says and parse back",
          "[json_text]") {
    std::mt19937_64 random{20261123};
    const std::string_view kPieces[] = {"a",
                                        "checkout",
                                        " ",
                                        "\"",
                                        "\\",
                                        "\n",
                                        std::string_view("\0", 1),
                                        "\x1b",
                                        "\x7f",
                                        "ü",
                                        "я",
                                        "東京",
                                        "🦀",
                                        "\xe2\x82",
                                        "\xed\xa0\x80",
                                        "\xf0\x9f",
                                        "\x80",
                                        "\xff",
                                        "GET /api/v1/carts/7c1f",
                                        "0123456789abcdef0123456789abcdef"};
    for (int round = 0; round < 150'000; ++round) {
        std::string text;
        const auto pieces = random() % 12;
        for (std::uint64_t i = 0; i < pieces; ++i) {
            if (random() % 16 == 0)
                text += static_cast<char>(random());
            else
                text += kPieces[random() % std::size(kPieces)];
        }
        if (const auto wrong = difference(text); !wrong.empty()) FAIL(wrong);
        if (round % 8 != 0) continue;
        std::uint64_t replaced = 0;
        const auto parsed = nlohmann::json::parse(written(text, replaced), nullptr, false);
        std::uint64_t unused = 0;
        if (!parsed.is_string() || parsed.get<std::string>() != model_utf8(text, unused)) FAIL(text);
        // Where nothing is replaced, nlohmann's own writer gives the same bytes.
        if (replaced == 0 && nlohmann::json(text).dump() != written(text, replaced)) FAIL(text);
    }
}

TEST_CASE("A hostile name becomes a valid one, and a valid one stays", "[json_text]") {
    std::uint64_t replaced = 0;
    CHECK(valid_utf8("user.id", replaced) == "user.id");
    CHECK(valid_utf8("", replaced).empty());
    CHECK(replaced == 0);
    CHECK(valid_utf8("us\xc3\x28r\xff", replaced) == "us\xef\xbf\xbd(r\xef\xbf\xbd");
    CHECK(replaced == 2);
}
