#include "read/match.hpp"

#include "catch.hpp"
#include "read/byte_window.hpp"

namespace {

using namespace wideline::read;

bool matches(const std::string& expression, std::string line) {
    const auto match = Match::parse({expression});
    REQUIRE(match.ok());
    line.append(kReadableBehind, '\0');
    return Matcher(match.value()).matches(std::string_view(line).substr(0, line.size() - kReadableBehind));
}

std::string refusal(const std::string& expression) {
    const auto match = Match::parse({expression});
    return match.ok() ? "" : match.failure().sentence();
}

const std::string kEvent =
    R"({"name":"check\u006fut","status":200,"ratio":0.5,"big":18446744073709551615,"zip":"01234","hit":true,"none":null,)"
    R"("said":"a \"quote\" \u00e9","flags":["new","old",7],"nested":{"status":500,"inner":"deep text"},"a=b":"x=y",)"
    R"("k\u0065y":"escaped key","http.route":"\/cart"})";

}  // namespace

TEST_CASE("Numbers are compared by value, strings as text, and words as words") {
    for (const char* holds : {"status=200",
                              "status=200.0",
                              "status=2e2",
                              "status!=201",
                              "status<201",
                              "status<=200",
                              "status>199.5",
                              "status>=200",
                              "ratio=.5",
                              "big=18446744073709551615",
                              "big>18446744073709551614",
                              "zip=01234",
                              "zip<1",
                              "hit=true",
                              "none=null",
                              "hit!=false",
                              "status!=abc",
                              "name=checkout",
                              "name~^check.*t$",
                              "name>=c"}) {
        INFO(holds);
        CHECK(matches(holds, kEvent));
    }
    for (const char* fails : {"status=201", "status!=200", "status!=200.0", "status>200", "status<200", "status=abc",
                              "big=18446744073709551614", "zip=1234", "hit=1", "hit!=true", "none!=1", "none!=null",
                              "none<1", "hit>0", "status~2", "name~^heck", "name=check"}) {
        INFO(fails);
        CHECK_FALSE(matches(fails, kEvent));
    }
}

TEST_CASE("A number that no double holds is still more, or less, than others") {
    const std::string event = R"({"huge":1e400,"low":-1e400,"tiny":1e-400,"long":)" + std::string(400, '9') +
                              R"(,"small":0.)" + std::string(400, '0') + R"(1e2})";
    for (const char* holds : {"huge>5", "huge>1e308", "huge>18446744073709551615", "huge>=1e400", "low<0", "low<-1e308",
                              "tiny<1", "tiny>=0", "long>1e300", "small<1e-300", "huge!=5", "tiny<1e500"}) {
        INFO(holds);
        CHECK(matches(holds, event));
    }
    for (const char* fails : {"huge<5", "low>0", "tiny>1", "long<5", "small>1", "huge=5", "huge>1e999"}) {
        INFO(fails);
        CHECK_FALSE(matches(fails, event));
    }
}

TEST_CASE("Every comparison with an absent field is false, and so is one with what lies inside of another") {
    for (const char* fails : {"absent=1", "absent!=1", "absent<1", "absent>=1", "absent~.", "absent=null", "absent",
                              "inner=deep text", "nested=500", "status=500"}) {
        INFO(fails);
        CHECK_FALSE(matches(fails, kEvent));
    }
}

TEST_CASE("An array has what an item of it has") {
    for (const char* holds : {"flags=new", "flags=7", "flags=7.0", "flags~^ol", "flags>6", "flags!=other"}) {
        INFO(holds);
        CHECK(matches(holds, kEvent));
    }
    for (const char* fails : {"flags=ne", "flags!=new", "flags!=7", "flags=[\"new\""}) {
        INFO(fails);
        CHECK_FALSE(matches(fails, kEvent));
    }
}

TEST_CASE("Text is found as it is, however JSON wrote it") {
    for (const char* holds :
         {"said=a \"quote\" é", "said~\"quote\"", "\"quote\" é", "checkout", "deep text", "/cart", "http.route=/cart",
          "key=escaped key", "\"a=b\"=x=y", "\"x=y\"", "200", "key", "status", "hit", "http.route", "nested"}) {
        INFO(holds);
        CHECK(matches(holds, kEvent));
    }
    for (const char* fails : {"none", "http.rout", "\"http.route\"", "\\u00e9", "name=check\\u006fut"}) {
        INFO(fails);
        CHECK_FALSE(matches(fails, kEvent));
    }
}

TEST_CASE("A regular expression matches what it asks for, however JSON wrote it") {
    CHECK(matches("k~^c_1", R"({"k":"\u0063_1"})"));
    CHECK(matches("k~a/b", R"({"k":"a\/b"})"));
    CHECK(matches("k~say \"yes\"", R"({"k":"say \"yes\""})"));
    CHECK_FALSE(matches("k~^c_1", R"({"k":"xc_1","c_1":"c_1"})"));
}

TEST_CASE("Several terms are all asked for, or any of them") {
    std::string line = kEvent + std::string(kReadableBehind, '\0');
    const std::string_view event = std::string_view(line).substr(0, kEvent.size());
    const auto ask = [&](std::vector<std::string> expressions, Match::Combine combine) {
        return Matcher(Match::parse(expressions, combine).value()).matches(event);
    };
    CHECK(ask({"status=200", "deep", "hit=true"}, Match::Combine::all));
    CHECK_FALSE(ask({"status=200", "deep", "hit=false"}, Match::Combine::all));
    CHECK(ask({"status=201", "deep", "hit=false"}, Match::Combine::any));
    CHECK(ask({"status=201", "shallow", "hit=true"}, Match::Combine::any));
    CHECK_FALSE(ask({"status=201", "shallow"}, Match::Combine::any));
    CHECK(ask({}, Match::Combine::any));
}

TEST_CASE("An expression that asks nothing is refused with a sentence that says why") {
    CHECK(refusal("") == "the expression \"\" has no key; write key=value, or text in double quotes");
    CHECK(refusal("=5").find("has no key") != std::string::npos);
    CHECK(refusal("\"\"").find("has no key") != std::string::npos);
    CHECK(refusal("name~(").starts_with("the regular expression in \"name~(\" is not one: "));
}

TEST_CASE("A regular expression over a string of a megabyte neither overflows the stack nor takes for ever") {
    const std::string event = R"({"long":")" + std::string(1 << 20, 'a') + R"("})";
    CHECK(matches("long~^(a|b)*", event));
    CHECK(matches("long~(a*)*", event));
    CHECK_FALSE(matches("long~(a|aa)+c", event));
    CHECK_FALSE(matches("long~^(a|b)*c$", event));
}

TEST_CASE("Lines that are no JSON objects match nothing") {
    for (const char* line : {"", "x", "[1]", "{\"name\":", "null"}) CHECK_FALSE(matches("name!=x", line));
}
