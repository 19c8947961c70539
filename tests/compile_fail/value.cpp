// A value that is none of those that an event holds is refused, and the error says what to write.
#include <wideline/wideline.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct Plain {};
struct Other {};
struct Third {};
enum class Nameless { one };
enum Unscoped { two };
struct Shown {};
void describe(wideline::FieldWriter& to, const Shown&);

void valid() {
    wideline::set("optional", std::optional(1));
    wideline::set("path", std::filesystem::path("/"));
    wideline::set("map", std::map<std::string, Shown>{});
    wideline::add("number", 1);
    wideline::append("items", std::vector<int>{1});
}

#ifndef VALID
void of_no_type_of_ours(wideline::FieldWriter& to) {
    // expect: error: static.assert.*describe\(
    wideline::set("plain", Plain{});
    // expect: error: static.assert.*describe\(
    wideline::event().set(wideline::runtime("plain"), Other{});
    // expect: error: static.assert.*describe\(
    to.set("plain", Third{});
    // expect: error: static.assert.*describe\(
    wideline::set("pointer", std::make_unique<int>(1));
    // expect: error: static.assert.*pointer
    wideline::set("address", static_cast<void*>(nullptr));
    // expect: error: static.assert.*name_of
    wideline::set("enum", Nameless::one);
    // expect: error: static.assert.*name_of
    wideline::set("enum", two);
    // expect: error: static.assert.*describe\(
    wideline::set("map", std::map<int, int>{});
    // expect: error: static.assert.*describe\(
    wideline::set("twice", std::multimap<std::string, int>{});
    // expect: error: static.assert.*describe\(
    wideline::set("range", std::vector<Plain>{});
    // expect: error: static.assert.*describe\(
    wideline::set("optional", std::optional<Plain>{});
    // expect: error: static.assert.*describe\(
    wideline::set("wide text", L"x");
    // expect: error: static.assert.*describe\(
    wideline::set("16-bit text", std::u16string(u"x"));
}
void not_a_number() {
    // expect: no matching function
    wideline::add("text", "1");
    // expect: no matching function
    wideline::add("bool", true);
    // expect: no matching function
    wideline::add("letter", 'a');
    // expect: no matching function
    wideline::maximum("text", std::string("1"));
}
void not_an_item() {
    // expect: error: static.assert.*describe\(
    wideline::append("plain", Plain{});
    // expect: error: static.assert.*describe\(
    wideline::append("shown", Shown{});
}
#endif
