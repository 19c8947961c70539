// Values of the standard library's types, and those that another type could change on their way: none is changed
// without being said.
#include <wideline/wideline.hpp>

#include <array>
#include <atomic>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <list>
#include <map>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <variant>
#include <vector>

#include "catch.hpp"
#include "event/event_log.hpp"

namespace wl = wideline;
using event_test::EventLog;
using event_test::Json;
using event_test::logged;

namespace {

struct Part {
    int number;
};
void describe(wl::FieldWriter& to, const Part& part) { to.set("number", part.number); }

/// A value's JSON text.
template <class T>
std::string text_of(const T& value) {
    return EventLog().fields([&] { wl::set("v", value); }).at("v").dump();
}

struct Location {  // as std::source_location
    [[nodiscard]] static const char* file_name() { return "checkout.cpp"; }
    [[nodiscard]] static const char* function_name() { return "pay"; }
    [[nodiscard]] static std::uint32_t line() { return 42; }
};

}  // namespace

TEST_CASE("Characters and ranges of them are text, whatever they lie in") {
    const std::vector<char> buffer = {'h', 'e', 'l', 'l', 'o'};
    CHECK(text_of('A') == R"("A")");
    CHECK(text_of(L'A') == R"("A")");
    CHECK(text_of(u'\u20ac') == "\"\u20ac\"");
    CHECK(text_of(U'\U0001f600') == "\"\U0001f600\"");
    CHECK(text_of(char16_t{0xd800}).find("\ufffd") != std::string::npos);
    CHECK(text_of(buffer) == R"("hello")");
    CHECK(text_of(std::array<char, 3>{'E', 'U', 'R'}) == R"("EUR")");
    CHECK(text_of(std::array<char, 8>{'E', 'U', 'R'}) == R"("EUR")");
    CHECK(text_of(std::span<const char>(buffer)) == R"("hello")");
    CHECK(text_of(std::list<char>(buffer.begin(), buffer.end())) == R"("hello")");
    CHECK(text_of(std::vector<std::list<char>>{{'a', 'b'}, {}, {'c'}}) == R"(["ab","","c"])");
    CHECK(text_of(std::vector<char>{'a', '\0', 'b'}) == R"("a\u0000b")");
    CHECK(text_of(std::vector<char>()) == R"("")");
    CHECK(text_of(std::array<unsigned char, 2>{'o', 'k'}) == "[111,107]");
    CHECK(text_of(std::int8_t{-5}) == "-5");
    CHECK(logged([&] {
              wl::append("letters", 'x');
              wl::append("letters", buffer);
          }) == R"({"letters":["x","hello"]})");
}

TEST_CASE("A text made of single characters is cut between two characters, as any other is") {
    wl::Options options;
    options.limits.string_bytes = 10;
    EventLog log(options);
    std::string euros;
    for (int i = 0; i < 100; ++i) euros += "\u20ac";
    const std::list<char> list(euros.begin(), euros.end());
    const Json fields = log.fields([&] {
        wl::set("field", list);
        wl::set("items", std::vector<std::list<char>>{list, {'x'}});
    });
    CHECK(fields.at("field") == "\u20ac\u20ac\u20ac");
    CHECK(fields.at("items").dump() == "[\"\u20ac\u20ac\u20ac\",\"x\"]");
    CHECK(fields.at("wideline.truncated") == 2);
}

TEST_CASE("A char array without a NUL ends with the array") {
    struct {
        char user[8];
        char secret[16];
    } record{{'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'}, "SECRET"};
    CHECK(text_of(record.user) == R"("abcdefgh")");
    CHECK(text_of(record.secret) == R"("SECRET")");
    EventLog log;
    const Json fields = log.fields([&] {
        wl::append("users", record.user);
        wl::note(record.user);
        wl::fail({.type = record.user});
    });
    CHECK(fields.at("users").dump() == R"(["abcdefgh"])");
    CHECK(fields.at("notes")[0].at("text") == "abcdefgh");
    CHECK(fields.at("error.type") == "abcdefgh");
}

TEST_CASE("A float has the fewest digits that read back as it, in fields, arrays, sums, conditions and defaults") {
    CHECK(text_of(0.1F) == "0.1");
    CHECK(text_of(40.9F) == "40.9");
    CHECK(text_of(std::vector<float>{0.1F, 0.2F, 3.3F}) == "[0.1,0.2,3.3]");
    CHECK(text_of(std::list<float>{16777216.0F, 1e-10F, 3.4028235e38F}) == "[16777216.0,1e-10,3.4028235e+38]");
    for (std::uint32_t bits = 1; bits < 0x7f800000; bits += 0x0010f0f3) {
        const auto value = std::bit_cast<float>(bits);
        char digits[64];
        const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
        double expected = 0;
        std::from_chars(digits, end, expected);
        REQUIRE(wl::detail::decimal_of(value) == expected);
        REQUIRE(wl::detail::decimal_of(-value) == -expected);
    }
    static constexpr wl::Field<double> kShare{"share"};
    EventLog log({.sampler = wl::TailSampler{}.keep("share", wl::field("ratio") == 0.1F && wl::field("ratio") == 0.1),
                  .defaults = {{"zone", 0.3F}}});
    const Json event = log.event([] {
        wl::set("ratio", 0.1F);
        wl::set(kShare, 0.7F);
        wl::add("sum", 0.1F);
        wl::add("sum", 0.5F);
        wl::maximum("most", 2.3F);
    });
    CHECK(event.at("sample_rule") == "share");
    CHECK(event.at("share").dump() == "0.7");
    CHECK(event.at("zone").dump() == "0.3");
    CHECK(event.at("sum").dump() == "0.6");
    CHECK(event.at("most").dump() == "2.3");
}

TEST_CASE("A typed field of doubles keeps an integer that no double is") {
    static constexpr wl::Field<double> kPrice{"price"};
    CHECK(logged([] { wl::set(kPrice, 5); }) == R"({"price":5.0})");
    CHECK(logged([] { wl::set(kPrice, 9007199254740993); }) == R"({"price":9007199254740993})");
    CHECK(logged([] { wl::set(kPrice, UINT64_MAX); }) == R"({"price":18446744073709551615})");
}

TEST_CASE("A number too large for a double is null and counted") {
    EventLog log;
    CHECK(log.fields([] { wl::set("v", std::numeric_limits<long double>::max()); }).at("v").is_null());
    CHECK(log.stats().not_finite == 1);
}

TEST_CASE("Volatile values, bit fields and items of vector<bool> keep their type") {
    volatile bool yes = true;
    volatile int seven = 7;
    struct {
        unsigned three : 3;
    } bits{5};
    CHECK(logged([&] {
              wl::set("yes", yes);
              wl::set("seven", seven);
              wl::set("three", bits.three);
          }) == R"({"yes":true,"seven":7,"three":5})");
}

TEST_CASE("Paths, errors, threads and places in the source are text") {
    CHECK(text_of(std::filesystem::path("/tmp/a b")) == R"("/tmp/a b")");
    CHECK(text_of(std::vector<std::filesystem::path>{"a", "b"}) == R"(["a","b"])");
    CHECK(text_of(std::make_error_code(std::errc::no_such_file_or_directory)) ==
          R"("generic:2 No such file or directory")");
    CHECK(text_of(std::make_error_condition(std::errc::no_such_file_or_directory)) ==
          R"("generic:2 No such file or directory")");
    CHECK(text_of(std::vector{std::error_code(-7, std::generic_category())}).starts_with(R"(["generic:-7 )"));
    std::ostringstream id;
    id << std::this_thread::get_id();
    CHECK(text_of(std::this_thread::get_id()) == "\"" + id.str() + "\"");
    CHECK(text_of(std::thread::id()) == "null");
    CHECK(text_of(Location()) == R"("checkout.cpp:42")");
}

TEST_CASE("A variant and an atomic are what they hold") {
    using Answer = std::variant<std::monostate, int, std::string, std::vector<int>>;
    CHECK(text_of(Answer()) == "null");
    CHECK(text_of(Answer(5)) == "5");
    CHECK(text_of(Answer("text")) == R"("text")");
    CHECK(text_of(std::vector<Answer>{5, "text", std::vector{1, 2}}) == R"([5,"text",[1,2]])");
    CHECK(logged([] { wl::append("v", Answer(5)); }) == R"({"v":[5]})");
    std::atomic<int> five{5};
    std::atomic<bool> no{false};
    CHECK(text_of(five) == "5");
    CHECK(text_of(no) == "false");
    using Described = std::variant<int, Part>;
    CHECK(logged([] {
              wl::set("number", Described(5));
              wl::set("part", Described(Part{7}));
              wl::set("none", std::optional<Part>());
              wl::set("some", std::optional(Part{8}));
          }) == R"({"number":5,"part.number":7,"none":null,"some.number":8})");
}

TEST_CASE("A map from text is a field for each of its keys") {
    CHECK(logged([] {
              wl::set("labels", std::map<std::string, int>{{"a", 1}, {"b", 2}});
              wl::set("deep", std::map<std::string_view, std::map<std::string, std::string>>{{"x", {{"y", "z"}}}});
              wl::set("parts", std::unordered_map<std::string, Part>{{"one", {1}}});
              wl::set("empty", std::map<std::string, int>());
          }) == R"({"labels.a":1,"labels.b":2,"deep.x.y":"z","parts.one.number":1})");
}

TEST_CASE("An ordered_json is nested in its order") {
    const nlohmann::ordered_json value{{"b", 1}, {"a", {1, nullptr}}};
    CHECK(text_of(value) == R"({"b":1,"a":[1,null]})");
    CHECK(text_of(std::vector<nlohmann::ordered_json>{value, 7}) == R"([{"b":1,"a":[1,null]},7])");
}
