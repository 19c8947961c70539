// A value that is none of those that an event holds is refused.
#include <wideline/wideline.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct Plain {};
enum class Nameless { one };
enum Unscoped { two };

void valid() {
    wideline::set("optional", std::optional(1));
    wideline::add("number", 1);
    wideline::append("items", std::vector<int>{1});
}

#ifndef VALID
void of_no_type_of_ours() {
    // expect: no matching function
    wideline::set("plain", Plain{});
    // expect: no matching function
    wideline::set("pointer", std::make_unique<int>(1));
    // expect: no matching function
    wideline::set("address", static_cast<void*>(nullptr));
    // expect: no matching function
    wideline::set("enum", Nameless::one);
    // expect: no matching function
    wideline::set("enum", two);
    // expect: no matching function
    wideline::set("map", std::map<std::string, int>{});
    // expect: no matching function
    wideline::set("range", std::vector<Plain>{});
    // expect: no matching function
    wideline::set("optional", std::optional<Plain>{});
    // expect: no matching function
    wideline::set("path", std::filesystem::path("/"));
    // expect: no matching function
    wideline::set("wide text", L"x");
    // expect: no matching function
    wideline::set("16-bit text", std::u16string(u"x"));
}
void not_a_number() {
    // expect: no matching function
    wideline::add("text", "1");
    // expect: no matching function
    wideline::add("bool", true);
    // expect: no matching function
    wideline::maximum("text", std::string("1"));
}
void not_an_item() {
    // expect: no matching function
    wideline::append("plain", Plain{});
}
#endif
