// A service's own test: what it logs is part of what it promises.
#include <wideline/testing.hpp>
#include <wideline/wideline.hpp>

#include <stdexcept>
#include <string_view>

#include "catch.hpp"

namespace wl = wideline;

namespace {

// The service under test.
void withdraw(std::string_view account, int amount) {
    WIDELINE_REQUEST("withdraw");
    wl::set("account.id", account);
    wl::set("amount", amount);
    wl::add("db.queries", 1);
    if (amount > 100)
        wl::fail(
            {.type = "limit_exceeded", .message = "more than an account may give in a day", .fix = "ask the owner"});
}

}  // namespace

TEST_CASE("A withdrawal logs its account and amount") {
    wl::testing::Capture capture;
    withdraw("a_1", 20);

    const auto events = capture.events();
    REQUIRE(events.size() == 1);
    CHECK(events[0].at("name") == "withdraw");
    CHECK(events[0].at("outcome") == "success");
    CHECK(events[0].at("account.id") == "a_1");
    CHECK(events[0].at("amount") == 20);
}

TEST_CASE("A withdrawal past the limit says what to do about it") {
    wl::testing::Capture capture;
    withdraw("a_1", 500);

    const auto events = capture.events();
    REQUIRE(events.size() == 1);
    CHECK(events[0].at("outcome") == "error");
    CHECK(events[0].at("error.type") == "limit_exceeded");
    CHECK(events[0].at("error.fix") == "ask the owner");
}

TEST_CASE("An exception that leaves a job is in its event") {
    wl::testing::Capture capture;
    CHECK_THROWS_AS(wl::run("job", [] { throw std::runtime_error{"the disk is full"}; }), std::runtime_error);

    const auto events = capture.events();
    REQUIRE(events.size() == 1);
    CHECK(events[0].at("outcome") == "error");
    CHECK(events[0].at("error.message") == "the disk is full");
}
