#include "forward/route/bisection.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "catch.hpp"

using namespace wideline;
using namespace wideline::delivery;

namespace {

Verdict of(Verdict::Kind kind) {
    Verdict verdict;
    verdict.kind = kind;
    return verdict;
}

/// A backend in memory: it takes what is good, within its limit, unless it is in a bad mood.
struct FakeBackend {
    std::set<std::uint32_t> bad;
    std::uint64_t most_bytes = UINT64_MAX;
    bool names_rows = false;
    bool answers_each = false;
    std::vector<int> moods;  ///< Of each request: 0 well, 1 busy, 2 unavailable, 3 unavailable after it took all.
    std::vector<std::uint32_t> taken;
    std::size_t requests = 0;

    Verdict send(const std::vector<std::uint32_t>& events, std::uint64_t bytes) {
        const int mood = requests < moods.size() ? moods[requests] % 4 : 0;
        ++requests;
        if (mood == 1) return of(Verdict::busy);
        if (mood == 2) return of(Verdict::unavailable);
        if (bytes > most_bytes) return of(Verdict::too_large);
        const auto first_bad = std::find_if(events.begin(), events.end(), [&](auto e) { return bad.contains(e); });
        if (answers_each) {
            Verdict verdict = of(Verdict::delivered);
            for (std::uint32_t i = 0; i < events.size(); ++i)
                if (bad.contains(events[i])) verdict.events.push_back({i, of(Verdict::data)});
            for (const std::uint32_t event : events)
                if (!bad.contains(event)) taken.push_back(event);
            return mood == 3 ? of(Verdict::unavailable) : verdict;
        }
        if (first_bad != events.end()) {
            Verdict verdict = of(Verdict::data);
            if (names_rows) verdict.culprit = static_cast<std::uint32_t>(first_bad - events.begin());
            return verdict;
        }
        taken.insert(taken.end(), events.begin(), events.end());
        return of(mood == 3 ? Verdict::unavailable : Verdict::delivered);
    }
};

struct Outcome {
    std::set<std::uint32_t> dead;
    std::set<std::uint32_t> delivered;
};

Outcome deliver(std::vector<std::uint32_t> bytes, FakeBackend& backend) {
    Bisection bisection(bytes);
    LearnedLimits limits;
    Outcome outcome;
    while (!bisection.finished()) {
        const auto events = bisection.next(limits);
        std::uint64_t size = 0;
        for (const std::uint32_t event : events) size += bytes[event] + 1;
        (void)bisection.take(backend.send(events, size), limits);
        for (const Refusal& refusal : bisection.refusals()) outcome.dead.insert(refusal.event);
        bisection.bury(bisection.refusals().size());
    }
    for (std::uint32_t event = 0; event < bytes.size(); ++event)
        if (bisection.is_delivered(event)) outcome.delivered.insert(event);
    REQUIRE(bisection.settled() == bytes.size());
    return outcome;
}

}  // namespace

TEST_CASE("Every event of a batch is delivered or refused as bad, whatever the backend's mood") {
    rc::check([] {
        const auto count = *rc::gen::inRange<std::uint32_t>(1, 200);
        const auto bytes =
            *rc::gen::container<std::vector<std::uint32_t>>(count, rc::gen::inRange<std::uint32_t>(2, 90));
        FakeBackend backend;
        for (const auto event : *rc::gen::arbitrary<std::vector<std::uint32_t>>()) backend.bad.insert(event % count);
        backend.names_rows = *rc::gen::arbitrary<bool>();
        backend.answers_each = *rc::gen::arbitrary<bool>();
        backend.most_bytes = *rc::gen::inRange<std::uint64_t>(100, 20'000);
        backend.moods = *rc::gen::container<std::vector<int>>(20, rc::gen::inRange(0, 4));
        const Outcome outcome = deliver(bytes, backend);
        RC_ASSERT(outcome.dead == backend.bad);
        RC_ASSERT(outcome.delivered.size() + outcome.dead.size() == count);
        const std::set<std::uint32_t> taken(backend.taken.begin(), backend.taken.end());
        RC_ASSERT(taken == outcome.delivered);
    });
}

TEST_CASE("A bad event costs at most 2 log2(n) + 2 requests, and 3 if the backend names it") {
    for (const std::uint32_t count : {2U, 10U, 1000U, 10'000U}) {
        for (const std::uint32_t bad : {0U, count / 3, count - 1}) {
            FakeBackend backend;
            backend.bad = {bad};
            const std::vector<std::uint32_t> bytes(count, 100);
            CHECK(deliver(bytes, backend).dead == std::set<std::uint32_t>{bad});
            CHECK(static_cast<double>(backend.requests) <= 2 * std::ceil(std::log2(count)) + 2);
            CHECK(std::is_sorted(backend.taken.begin(), backend.taken.end()));

            FakeBackend naming;
            naming.bad = {bad};
            naming.names_rows = true;
            CHECK(deliver(bytes, naming).dead == std::set<std::uint32_t>{bad});
            CHECK(naming.requests <= 3);
        }
    }
}

TEST_CASE("A backend that names the wrong event costs no event and not many requests") {
    struct Liar : FakeBackend {
        Verdict send(const std::vector<std::uint32_t>& events, std::uint64_t bytes) {
            Verdict verdict = FakeBackend::send(events, bytes);
            if (verdict.kind == Verdict::data) verdict.culprit = 0;
            return verdict;
        }
    } backend;
    backend.bad = {700};
    Bisection bisection(std::vector<std::uint32_t>(1000, 10));
    LearnedLimits limits;
    while (!bisection.finished()) {
        (void)bisection.take(backend.send(bisection.next(limits), 0), limits);
        for (const Refusal& refusal : bisection.refusals()) CHECK(refusal.event == 700);
        bisection.bury(bisection.refusals().size());
    }
    CHECK(backend.taken.size() == 999);
    CHECK(backend.requests < 60);
}

TEST_CASE("What a target takes at once is learned, and not asked again") {
    FakeBackend backend;
    backend.most_bytes = 1000;
    Bisection bisection(std::vector<std::uint32_t>(100, 99));
    LearnedLimits limits;
    std::size_t too_large = 0;
    while (!bisection.finished()) {
        const auto events = bisection.next(limits);
        const Verdict verdict = backend.send(events, events.size() * 100);
        too_large += verdict.kind == Verdict::too_large;
        (void)bisection.take(verdict, limits);
    }
    CHECK(backend.taken.size() == 100);
    CHECK(std::is_sorted(backend.taken.begin(), backend.taken.end()));
    CHECK(too_large == 4);  // 10,000, 5,000, 2,500 and 1,250 bytes.
    CHECK(limits.bytes <= 1000);
}

TEST_CASE("A backend that refuses everything fills no more than the allowed number of dead letters") {
    Evidence evidence(100);
    std::size_t dead = 0;
    for (int i = 0; i < 1000; ++i) {
        if (!evidence.may_refuse()) continue;
        evidence.refused();
        ++dead;
    }
    CHECK(dead == 100);
    evidence.lift();  // A person says that the refusals are right.
    CHECK(evidence.may_refuse());
    evidence.refused();
    CHECK(evidence.may_refuse());
    evidence.accepted();
    for (int i = 0; i < 100; ++i) evidence.refused();
    CHECK_FALSE(evidence.may_refuse());
}
