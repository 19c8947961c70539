// Totals by name: what they say is what a plain count says, whatever the rules, the threads and the reloads.
#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "catch.hpp"
#include "event/duration_buckets.hpp"
#include "read/weighted_quantiles.hpp"
#include "request/request_counts.hpp"
#include "request/request_totals.hpp"
#include "wideline/wideline.hpp"

namespace wl = wideline;
using namespace std::chrono_literals;

namespace {

struct Count {
    std::uint64_t requests = 0;
    std::uint64_t errors = 0;

    bool operator==(const Count&) const = default;
};
using Counts = std::map<std::string, Count>;

/// Sums the totals of all batches.
class Summed {
public:
    wl::SinkPtr sink() {
        return wl::callback_sink([this](const wl::Batch& batch) {
            const std::lock_guard lock(mutex_);
            if (batch.totals())
                wl::detail::add(*batch.totals(), sums_);
            else
                ++without_;
        });
    }
    [[nodiscard]] std::vector<wl::RequestTotals> sums() {
        const std::lock_guard lock(mutex_);
        CHECK(without_ == 0);
        return sums_;
    }
    [[nodiscard]] Counts counts() {
        Counts counts;
        for (const wl::RequestTotals& one : sums())
            counts[one.further_names ? "further" : one.name] = {one.requests, one.errors};
        return counts;
    }

private:
    std::mutex mutex_;
    std::vector<wl::RequestTotals> sums_;
    int without_ = 0;  // batches of which nobody counted
};

std::uint64_t durations_of(const wl::RequestTotals& totals) {
    std::uint64_t requests = 0;
    for (const wl::DurationCount& one : totals.durations) requests += one.requests;
    return requests;
}

/// Rules of every kind, of which most sample away.
std::vector<wl::TailSampler> samplers() {
    return {
        wl::TailSampler{}.drop("health", wl::field("route") == 1).keep("some", wl::field("route") == 2).otherwise(0),
        wl::TailSampler{}.errors(0.5).sample("half", wl::name() == "a", 0.5).otherwise(0.01),
        wl::TailSampler{}
            .adaptive("routes", wl::field("route").exists(), {.by = {"route"}, .events_per_second = 5})
            .at_most({.events_per_second = 20})
            .otherwise(0.1),
        wl::TailSampler{}
            .keep("new", wl::first_seen({"route"}, 1h))
            .keep("slow", wl::slower_than_percentile(99, {.by = {"route"}}))
            .keep("throws", wl::when([](const wl::EventView&) -> bool { throw 1; }) && wl::field("route") == 3)
            .otherwise(0),
    };
}

/// One of many requests, told to the plain count as well.
void one_request(wl::Recorder& recorder, std::mt19937_64& random, Counts& plain) {
    static const std::vector<std::string> kNames = {"a", "GET /cart/{id}", "", std::string(128, 'n'), "ünï"};
    const std::string& name = kNames[random() % kNames.size()];
    wl::Request request{name, recorder};
    wl::set("route", random() % 5);
    if (random() % 20 == 0) return request.discard();
    const bool fails = random() % 10 == 0;
    const bool status = random() % 10 == 0;
    if (fails) wl::fail({.type = "t"});
    if (status) wl::set("http.response.status_code", 503);
    ++plain[name].requests;
    if (fails || status) ++plain[name].errors;
}

}  // namespace

TEST_CASE("Totals are what a plain count says: sampled away by any rule, on any thread, across reloads and flushes") {
    constexpr int kThreads = 4;
    Summed summed;
    Counts plain;
    {
        wl::Recorder recorder{{.sampler = samplers()[0], .sinks = {summed.sink()}, .flush_interval = 1ms}};
        std::vector<Counts> of_thread(kThreads);
        {
            std::vector<std::jthread> threads;
            for (int t = 0; t < kThreads; ++t)
                threads.emplace_back([&, t] {
                    std::mt19937_64 random(static_cast<std::uint64_t>(t));
                    for (int i = 0; i < 5000; ++i)
                        one_request(recorder, random, of_thread[static_cast<std::size_t>(t)]);
                });
            for (int round = 0; round < 12; ++round) {
                CHECK(recorder.reload(samplers()[static_cast<std::size_t>(round) % samplers().size()]));
                CHECK(recorder.flush(60s));
            }
        }
        for (const Counts& counts : of_thread)
            for (const auto& [name, count] : counts) {
                plain[name].requests += count.requests;
                plain[name].errors += count.errors;
            }
    }
    CHECK(summed.counts() == plain);
    for (const wl::RequestTotals& totals : summed.sums()) CHECK(durations_of(totals) == totals.requests);
}

TEST_CASE("Requests that end on another thread, fail by an exception or by the last words of enrich count once") {
    Summed summed;
    {
        wl::Recorder recorder{{.sampler = wl::TailSampler{}.otherwise(0),
                               .sinks = {summed.sink()},
                               .enrich = [](wl::Event& event) { event.set("http.response.status_code", 500); }}};
        wl::Request moved{"moved", recorder};
        std::thread([&] { wl::Request here = std::move(moved); }).join();
        try {
            wl::Request request{"thrown", recorder};
            throw 1;
        } catch (int) {
        }
        wl::Request outer{"outer", recorder};
        wl::Request inner{"inner", recorder};
    }
    CHECK(summed.counts() == Counts{{"moved", {1, 1}}, {"thrown", {1, 1}}, {"outer", {1, 1}}, {"inner", {1, 1}}});
}

TEST_CASE("Past 256 names, the others are counted together, and none of those that are told apart loses a request") {
    Summed summed;
    {
        wl::Recorder recorder{{.sampler = wl::TailSampler{}.otherwise(0), .sinks = {summed.sink()}}};
        std::vector<std::jthread> threads;
        for (int t = 0; t < 3; ++t)
            threads.emplace_back([&] {
                for (int round = 0; round < 3; ++round)
                    for (int i = 0; i < 300; ++i) wl::Request{"name " + std::to_string(i), recorder}.finish();
            });
    }
    Counts counts = summed.counts();
    CHECK(counts.size() == 257);
    CHECK(counts["further"].requests == 3 * 3 * 44);
    counts.erase("further");
    for (const auto& [name, count] : counts) CHECK(count.requests == 9);
}

TEST_CASE("A batch that a sink refuses takes no totals with it: the next one tells them") {
    Summed summed;
    int batches = 0;
    {
        wl::Recorder recorder{{.sinks = {wl::callback_sink([&, sink = summed.sink()](const wl::Batch& batch) {
                                   if (++batches == 1) throw std::runtime_error("no");
                                   sink->deliver(batch);
                               })}}};
        wl::Request{"first", recorder}.finish();
        REQUIRE(recorder.flush(60s));
        wl::Request{"second", recorder}.finish();
        REQUIRE(recorder.flush(60s));
    }
    CHECK(summed.counts() == Counts{{"first", {1, 0}}, {"second", {1, 0}}});
}

TEST_CASE("Where one sink fails and another does not, the other has every request once") {
    Summed summed;
    {
        wl::Recorder recorder{
            {.sinks = {wl::callback_sink([](const wl::Batch&) { throw std::runtime_error("no"); }), summed.sink()}}};
        for (int i = 0; i < 3; ++i) {
            wl::Request{"request", recorder}.finish();
            REQUIRE(recorder.flush(60s));
        }
    }
    CHECK(summed.counts() == Counts{{"request", {3, 0}}});
}

TEST_CASE("A name that is no UTF-8 is told as its events tell it") {
    Summed summed;
    {
        wl::Recorder recorder{{.sinks = {summed.sink()}}};
        wl::Request{"a\xff", recorder}.finish();
    }
    CHECK(summed.counts() == Counts{{"a\xEF\xBF\xBD", {1, 0}}});
}

TEST_CASE("Where memory for durations runs out, requests are counted all the same") {
    wl::detail::CountBlocks blocks(6 * 512);
    const auto counts = std::make_unique<wl::detail::RequestCounts>();
    for (std::uint32_t name = 0; name < 4; ++name)
        for (int i = 0; i < 40; ++i) counts->count(name, i % 2 == 0, std::int64_t{1} << i, blocks);
    std::uint64_t durations = 0;
    for (std::uint32_t name = 0; name < 4; ++name) {
        CHECK((*counts)[name].requests.get() == 40);
        CHECK((*counts)[name].errors.get() == 20);
        std::vector<std::uint64_t> buckets(wl::detail::kDurationBuckets);
        counts->add_durations(name, blocks, buckets.data());
        for (const std::uint64_t one : buckets) durations += one;
    }
    CHECK(durations == 14);  // one block says where the others are: fast ones, and four powers of two
}

TEST_CASE("A percentile of totals is within one percent of the duration that it stands for") {
    std::mt19937_64 random(7);
    std::lognormal_distribution<double> durations(16, 2);
    wl::detail::CountBlocks blocks(std::size_t{1} << 20);
    const auto counts = std::make_unique<wl::detail::RequestCounts>();
    std::vector<double> all;
    for (int i = 0; i < 20'000; ++i) {
        const auto ns = static_cast<std::int64_t>(durations(random)) + 2000;
        counts->count(3, false, ns, blocks);
        all.push_back(static_cast<double>(ns) / 1e6);
    }
    std::sort(all.begin(), all.end());
    std::vector<std::uint64_t> buckets(wl::detail::kDurationBuckets);
    counts->add_durations(3, blocks, buckets.data());
    // As `wideline stats` does.
    wl::read::WeightedQuantiles quantiles;
    wl::read::QuantileBudget budget;
    for (std::uint32_t bucket = 0; bucket < buckets.size(); ++bucket)
        quantiles.add(wl::detail::middle_of_duration_bucket(bucket) / 1e6, static_cast<double>(buckets[bucket]),
                      budget);
    for (const double share : {0.001, 0.1, 0.5, 0.9, 0.99, 0.999}) {
        const double truth = all[static_cast<std::size_t>(std::ceil(share * 20'000)) - 1];
        CHECK(std::abs(quantiles.at(share) / truth - 1) < 0.01);
    }
}
