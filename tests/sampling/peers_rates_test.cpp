// Rates by key: the inputs and outcomes of the tests of Honeycomb's dynsampler-go (at 78025e5), written as rules of
// ours. dynsampler gives a key a whole number, one in how many events is kept, which is our weight.
#include <chrono>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "catch.hpp"
#include "sampling/compiled_sampler.hpp"
#include "sampling/simulated_service.hpp"

using namespace std::chrono_literals;
using wideline::testing::Dice;
using wideline::testing::SampleEvent;
using wideline::testing::SampleRequest;
namespace wl = wideline;

namespace {

const wl::Condition kNoError = !wl::always();
constexpr std::int64_t kBegin = 1'000'000'000'000;

SampleRequest of_key(const std::string& key) {
    return {.randomness = wl::sampling::kRandomnessRange - 1, .fields = {{"key", key}}};
}

}  // namespace

// static_test.go: TestStaticGetSampleRate.
TEST_CASE("Static rates of dynsampler's tests are the weights of shares", "[sampling][peers]") {
    const wl::sampling::CompiledSampler sampler(wl::TailSampler{}
                                                    .sample("one", wl::field("key") == "one", 1.0 / 5)
                                                    .sample("two", wl::field("key") == "two", 1.0 / 10)
                                                    .otherwise(1.0 / 3),
                                                kNoError);
    const auto weight = [&](const char* key) {
        return sampler.decide(SampleEvent(of_key(key), sampler.keys()).view()).weight;
    };
    CHECK(weight("one") == 5);
    CHECK(weight("two") == 10);
    CHECK(weight("three") == 3);
}

// onlyonce_test.go: TestOnlyOnceGetSampleRate and TestOnlyOnceUpdateMaps, which forgets all keys every 30 s. Here each
// key has its own 30 s.
TEST_CASE("Keys of dynsampler's tests of OnlyOnce come up once, and again when they are forgotten",
          "[sampling][peers]") {
    const wl::sampling::CompiledSampler sampler(wl::TailSampler{}.keep("once", wl::once_per({"key"}, 30s)).otherwise(0),
                                                kNoError);
    const auto kept = [&](const char* key, std::int64_t second) {
        SampleEvent event(of_key(key), sampler.keys());
        event.replay(0, kBegin + second * 1'000'000'000, 0ns);
        return sampler.decide(event.view()).keep;
    };
    CHECK(kept("one", 0));
    CHECK(kept("two", 0));
    for (const char* const key : {"one", "two", "two"}) CHECK_FALSE(kept(key, 1));
    for (const char* const key : {"three", "four"}) {
        CHECK(kept(key, 1));
        CHECK_FALSE(kept(key, 1));
    }
    for (const char* const key : {"one", "two"}) CHECK(kept(key, 30));
    CHECK_FALSE(kept("three", 30));
    CHECK(kept("three", 31));
}

// emathroughput_test.go: TestEMAThroughputSampleRateHitsTargetRate. Keys of 10 to 10,000 events a second; over 100
// ticks what is kept comes to the goal within a tenth. Here after the first 20 seconds, of 50.
TEST_CASE("The goals of dynsampler's tests of EMA throughput are hit as there", "[sampling][peers]") {
    for (const double goal : {100.0, 1000.0})
        for (const int keys : {10, 30}) {
            const auto learned = std::make_shared<wl::sampling::Learned>();
            const wl::sampling::CompiledSampler sampler(
                wl::TailSampler{}.adaptive("keys", {.by = {"key"}, .events_per_second = goal}), kNoError, learned);
            Dice dice(static_cast<std::uint64_t>(goal) + static_cast<std::uint64_t>(keys));
            std::vector<std::unique_ptr<SampleEvent>> events;
            for (int key = 0; key < keys; ++key)
                events.push_back(std::make_unique<SampleEvent>(of_key("key " + std::to_string(key)), sampler.keys()));
            double kept = 0;
            std::int64_t now = kBegin;
            learned->adjust(now, 1);
            for (int tick = 0; tick < 5000; ++tick) {  // of 10 ms
                learned->adjust(now += 10'000'000, 1);
                for (int key = 0; key < keys; ++key) {
                    const double base = std::pow(10, key % 3 + 1);
                    const double mean = ((key % 10 + 1) * base + dice.uniform() * base) / 100;
                    const int count = static_cast<int>(mean + dice.uniform());
                    for (int i = 0; i < count; ++i) {
                        SampleEvent& event = *events[static_cast<std::size_t>(key)];
                        event.replay(dice.next() >> 8, now, 0ns);
                        kept += sampler.decide(event.view()).keep && tick >= 2000 ? 1 : 0;
                    }
                }
            }
            INFO(goal << " a second over " << keys << " keys");
            CHECK(kept / 30 == Approx(goal).epsilon(0.1));
        }
}
