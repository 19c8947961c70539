#include "request/recorded_events.hpp"

#include <exception>
#include <stdexcept>
#include <string>
#include <system_error>

#include "catch.hpp"

using request_test::Json;
using request_test::RecordedEvents;
namespace wl = wideline;

namespace shop {

struct Declined : std::runtime_error {
    using runtime_error::runtime_error;
};

}  // namespace shop

namespace {

[[noreturn]] void throw_nested() {
    try {
        try {
            throw std::system_error(std::make_error_code(std::errc::timed_out), "connect");
        } catch (...) {
            std::throw_with_nested(std::runtime_error("select failed"));
        }
    } catch (...) {
        std::throw_with_nested(shop::Declined("card was declined"));
    }
}

template <class Fail>
Json event_of(Fail fail) {
    RecordedEvents log;
    {
        wl::Request request{"r", log.recorder()};
        fail();
    }
    return log.event();
}

}  // namespace

TEST_CASE("An exception names the error by its own type, its message, and what is nested in it") {
    const auto check = [](const Json& event) {
        CHECK(event.at("outcome") == "error");
        CHECK(event.at("error.type").get<std::string>().find("shop::Declined") != std::string::npos);
        CHECK(event.at("error.message") == "card was declined");
        const std::string why = event.at("error.why");
        const std::size_t first = why.find("std::runtime_error");
        const std::size_t second = why.find("std::system_error");
        CHECK(first < why.find(": select failed; "));
        CHECK(why.find(": select failed; ") < second);
        CHECK(second < why.find(": connect: "));
        CHECK(why.find(": connect: ") != std::string::npos);
    };
    check(event_of([] {
        try {
            throw_nested();
        } catch (const std::exception& caught) {
            wl::fail(caught);
        }
    }));
    check(event_of([] {
        try {
            throw_nested();
        } catch (...) {
            wl::fail(std::current_exception());
        }
    }));
    RecordedEvents log = RecordedEvents::installed();
    CHECK_THROWS_AS(wl::run("r", [] { throw_nested(); }), shop::Declined);
    check(log.event());
}

TEST_CASE("An exception that is caught by its own type, or is of no standard type, is recorded too") {
    const Json own = event_of([] { wl::fail(shop::Declined("no")); });
    CHECK(own.at("error.type") == "shop::Declined");
    CHECK(own.at("error.message") == "no");
    CHECK_FALSE(own.contains("error.why"));
    const Json number = event_of([] { wl::fail(std::make_exception_ptr(7)); });
    CHECK(number.at("error.type") == "int");
    CHECK(number.at("error.message") == "an exception that is not a std::exception");
}

TEST_CASE("A null exception pointer is no failure, and an empty error is one") {
    CHECK(event_of([] { wl::fail(std::exception_ptr{}); }).at("outcome") == "success");
    CHECK(event_of([] { wl::fail({}); }).at("outcome") == "error");
}

TEST_CASE("An exception after the first failure becomes a note") {
    const Json event = event_of([] {
        wl::fail({.type = "timeout"});
        wl::fail(std::runtime_error("while cleaning up"));
    });
    CHECK(event.at("error.type") == "timeout");
    CHECK(event.at("notes")[0].at("text") == "std::runtime_error: while cleaning up");
}

TEST_CASE("A chain of causes that does not end is cut") {
    const Json event = event_of([] {
        std::exception_ptr inner = std::make_exception_ptr(std::runtime_error("innermost"));
        for (int i = 0; i < 100; ++i) {
            try {
                try {
                    std::rethrow_exception(inner);
                } catch (...) {
                    std::throw_with_nested(std::runtime_error(std::string(50, 'x')));
                }
            } catch (...) {
                inner = std::current_exception();
            }
        }
        wl::fail(inner);
    });
    CHECK(event.at("error.why").get<std::string>().size() > 300);
    CHECK(event.at("error.why").get<std::string>().size() <= 2048);
}
