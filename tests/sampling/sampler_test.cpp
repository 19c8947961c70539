#include <wideline/sampler.hpp>

#include <limits>
#include <string>
#include <type_traits>
#include <utility>

#include "catch.hpp"
#include "sampling/rule_answers.hpp"

using namespace std::chrono_literals;
using wideline::testing::refusal;
namespace wl = wideline;

namespace {

const wl::Condition kAny = wl::failed();

}  // namespace

TEST_CASE("A sampler built in one expression has the rules in the order written", "[sampling]") {
    const wl::TailSampler sampler = wl::TailSampler{}
                                        .drop("health", wl::field("http.route") == "/healthz")
                                        .keep("slow", wl::slower_than(500ms))
                                        .sample("search", wl::field("http.route") == "/search", 0.05)
                                        .otherwise(0.01)
                                        .errors(0.5);
    REQUIRE(sampler.rules().size() == 3);
    CHECK(sampler.rules()[0].name == "health");
    CHECK(sampler.rules()[0].probability == 0);
    CHECK(sampler.rules()[1].name == "slow");
    CHECK(sampler.rules()[1].probability == 1);
    CHECK(sampler.rules()[2].name == "search");
    CHECK(sampler.rules()[2].probability == 0.05);
    CHECK(sampler.otherwise_probability() == 0.01);
    CHECK(sampler.error_probability() == 0.5);
}

TEST_CASE("A sampler grows in place when it has a name, and a copy goes its own way", "[sampling]") {
    wl::TailSampler sampler;
    sampler.keep("a", kAny).drop("b", kAny);
    wl::TailSampler copy = sampler;
    copy.keep("c", kAny);
    sampler.otherwise(0.5);
    CHECK(sampler.rules().size() == 2);
    CHECK(copy.rules().size() == 3);
    CHECK(copy.otherwise_probability() == 1);
    STATIC_REQUIRE(std::is_same_v<decltype(sampler.keep("d", kAny)), wl::TailSampler&>);
}

TEST_CASE("A sampler to which nothing was said keeps everything", "[sampling]") {
    CHECK(wl::TailSampler{}.otherwise_probability() == 1);
    CHECK(wl::TailSampler{}.error_probability() == 1);
}

TEST_CASE("The last otherwise and the last errors hold", "[sampling]") {
    const wl::TailSampler sampler = wl::TailSampler{}.otherwise(0.1).errors(0.1).otherwise(0.2).errors(0.3);
    CHECK(sampler.otherwise_probability() == 0.2);
    CHECK(sampler.error_probability() == 0.3);
}

TEST_CASE("A probability that is none is refused with a sentence that names it", "[sampling]") {
    const auto sample = [](double p) { return wl::TailSampler{}.sample("search", kAny, p); };
    CHECK_THAT(refusal([&] { return sample(1.5); }), Catch::Contains("1.5") && Catch::Contains("\"search\""));
    CHECK_THAT(refusal([&] { return sample(-0.25); }), Catch::Contains("-0.25"));
    CHECK_THAT(refusal([&] { return sample(std::numeric_limits<double>::quiet_NaN()); }), Catch::Contains("nan"));
    CHECK_THAT(refusal([&] { return sample(std::numeric_limits<double>::infinity()); }), Catch::Contains("inf"));
    CHECK_THAT(refusal([&] { return sample(1.0000000000000002); }), !Catch::Contains(" is 1:"));
    CHECK_THAT(refusal([] { return wl::TailSampler{}.otherwise(7); }), Catch::Contains("otherwise is 7"));
    CHECK_THAT(refusal([] { return wl::TailSampler{}.errors(-1); }), Catch::Contains("errors is -1"));
    CHECK(refusal([&] { return sample(0); }).empty());
    CHECK(refusal([&] { return sample(1); }).empty());
    CHECK(refusal([&] { return sample(5e-324); }).empty());
}

TEST_CASE("A rule's name that makes no sense is refused with a sentence that names it", "[sampling]") {
    const auto keep = [](std::string_view name) { return wl::TailSampler{}.keep(name, kAny); };
    CHECK_THAT(refusal([&] { return keep(""); }), Catch::Contains("empty"));
    for (const char* reserved : {"error", "otherwise", "retroactive"})
        CHECK_THAT(refusal([&] { return keep(reserved); }), Catch::Contains('"' + std::string(reserved) + '"'));
    CHECK_THAT(refusal([&] { return keep("twice").drop("twice", kAny); }), Catch::Contains("\"twice\""));
    CHECK_THAT(refusal([&] { return keep("a\nb"); }), Catch::Contains("control character"));
    CHECK_THAT(refusal([&] { return keep(std::string(129, 'x')); }), Catch::Contains("128 bytes"));
    CHECK(refusal([&] { return keep(std::string(128, 'x')); }).empty());
    CHECK(refusal([&] { return keep("Errors"); }).empty());
}

TEST_CASE("A refused rule leaves the sampler as it was", "[sampling]") {
    wl::TailSampler sampler = wl::TailSampler{}.keep("a", kAny).otherwise(0.5);
    CHECK_THROWS_AS(sampler.keep("a", kAny), std::invalid_argument);
    CHECK_THROWS_AS(sampler.sample("b", kAny, 2), std::invalid_argument);
    CHECK_THROWS_AS(sampler.otherwise(2), std::invalid_argument);
    CHECK(sampler.rules().size() == 1);
    CHECK(sampler.otherwise_probability() == 0.5);
}
