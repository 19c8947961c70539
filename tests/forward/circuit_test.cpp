#include "forward/route/circuit.hpp"

#include <rapidcheck.h>

#include <set>

#include "catch.hpp"

using namespace wideline;
using namespace wideline::delivery;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

Retry plain_retry() {
    Retry retry;
    retry.jitter = 0;
    return retry;
}

}  // namespace

TEST_CASE("Intervals grow as the retry policy says, and jitter only shortens them") {
    const Retry retry;
    rc::check([&] {
        const auto failures = *rc::gen::inRange<std::uint64_t>(0, 2000);
        const double share = *rc::gen::inRange(0, 1001) / 1000.0;
        const double whole = std::min(std::pow(2.0, static_cast<double>(failures)), 60.0);
        const double seconds = std::chrono::duration<double>(retry_interval(retry, failures, share)).count();
        RC_ASSERT(seconds <= whole + 1e-9);
        RC_ASSERT(seconds >= whole * 0.8 - 1e-9);
    });
}

TEST_CASE("A target that is down an hour is asked by one request at a time, and after its return at once") {
    Circuit circuit(plain_retry(), 4, 0, 1);
    for (std::uint64_t batch = 1; batch <= 4; ++batch) circuit.enter(batch, static_cast<std::int64_t>(100 - batch));
    std::int64_t now = 0;
    REQUIRE(circuit.admit(1, now).admitted);
    circuit.failed(1, now, {}, false);
    int requests = 0;
    while (now < 3600 * kSecond) {
        std::size_t admitted = 0;
        std::int64_t next = INT64_MAX;
        for (std::uint64_t batch = 1; batch <= 4; ++batch) {
            const auto admission = circuit.admit(batch, now);
            admitted += admission.admitted;
            if (admission.admitted) CHECK(batch == 4);  // The oldest.
            if (admission.ask_again) next = std::min(next, *admission.ask_again);
        }
        REQUIRE(admitted <= 1);
        if (admitted == 1) {
            ++requests;
            circuit.failed(4, now, {}, false);
            continue;
        }
        REQUIRE(next > now);
        now = next;
    }
    CHECK(requests >= 60);
    CHECK(requests <= 66);
    REQUIRE(circuit.admit(4, now + 60 * kSecond).admitted);
    circuit.worked(4, now, 10ms);
    CHECK(circuit.state() == Circuit::State::closed);
    CHECK(circuit.admit(1, now).admitted);
}

TEST_CASE("The whole target pauses for as long as the server asks, and five minutes at most") {
    for (const auto& [asked, seconds] : {std::pair{3s, 3}, {1000000000s, 300}, {0s, 1}}) {
        Circuit circuit(plain_retry(), 4, 0, 1);
        circuit.enter(1, 0);
        circuit.enter(2, 1);
        REQUIRE(circuit.admit(1, 0).admitted);
        circuit.failed(1, 0, asked, true);
        CHECK_FALSE(circuit.admit(1, seconds * kSecond - 1).admitted);
        CHECK_FALSE(circuit.admit(2, seconds * kSecond).admitted);
        CHECK(circuit.admit(1, seconds * kSecond).admitted);
    }
}

TEST_CASE("A target that refuses us is asked at the maximum interval, until it takes something") {
    Circuit circuit(plain_retry(), 4, 0, 1);
    circuit.enter(1, 0);
    REQUIRE(circuit.admit(1, 0).admitted);
    circuit.refused_us(1, 0, "404");
    CHECK(circuit.state() == Circuit::State::held);
    CHECK_FALSE(circuit.admit(1, 60 * kSecond - 1).admitted);
    REQUIRE(circuit.admit(1, 60 * kSecond).admitted);
    circuit.failed(1, 60 * kSecond, {}, false);
    CHECK(circuit.state() == Circuit::State::held);
    circuit.try_now();
    REQUIRE(circuit.admit(1, 60 * kSecond).admitted);
    circuit.worked(1, 60 * kSecond, 1ms);
    CHECK(circuit.state() == Circuit::State::closed);
    CHECK(circuit.held_reason().empty());
}

TEST_CASE("Concurrency grows by one a round, shrinks when the target is busy, and never leaves its bounds") {
    rc::check([] {
        const auto most = *rc::gen::inRange<std::uint32_t>(1, 65);
        Circuit circuit(plain_retry(), most, 0, 1);
        for (std::uint64_t batch = 0; batch < 100; ++batch) circuit.enter(batch, static_cast<std::int64_t>(batch));
        std::int64_t now = 0;
        std::set<std::uint64_t> under_way;
        for (const int answer : *rc::gen::container<std::vector<int>>(200, rc::gen::inRange(0, 10))) {
            for (std::uint64_t batch = 0; batch < 100; ++batch)
                if (!under_way.contains(batch) && circuit.admit(batch, now).admitted) under_way.insert(batch);
            RC_ASSERT(under_way.size() == circuit.under_way());
            RC_ASSERT(under_way.size() <= most);
            RC_ASSERT(!under_way.empty());
            const std::uint64_t batch = *under_way.begin();
            under_way.erase(batch);
            now += kSecond / 100;
            if (answer == 0) {
                circuit.failed(batch, now, {}, true);
                now += 400 * kSecond;
                while (!under_way.empty()) {
                    circuit.worked(*under_way.begin(), now, 10ms);
                    under_way.erase(under_way.begin());
                }
            } else {
                circuit.worked(batch, now, 10ms);
            }
        }
    });
}

TEST_CASE("A target takes no more requests a second than its limit allows") {
    Circuit circuit(plain_retry(), 4, 10, 1);
    circuit.enter(1, 0);
    int requests = 0;
    for (std::int64_t now = 0; now < 10 * kSecond; now += kSecond / 1000)
        if (circuit.admit(1, now).admitted) {
            ++requests;
            circuit.worked(1, now, 0ms);
        }
    CHECK(requests <= 101);
    CHECK(requests >= 99);
}
