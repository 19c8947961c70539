#include <array>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <utility>

#include "catch.hpp"
#include "request/recorded_events.hpp"

using request_test::Json;
using request_test::RecordedEvents;
namespace wl = wideline;

namespace {

constexpr std::array kKeys{"a", "b", "c", "d"};

/// The same writes for the same seed, each by `write`, which may go about it in any way.
template <class Write>
void write_some(unsigned seed, Write write) {
    std::minstd_rand random(seed);
    const std::size_t count = random() % 8;
    for (std::size_t i = 0; i < count; ++i) {
        const wl::RuntimeKey key = wl::runtime(kKeys[random() % kKeys.size()]);
        const int number = static_cast<int>(random() % 3);
        const auto kind = random() % 5;
        write([&](wl::Event& event) {
            switch (kind) {
                case 0:
                    return event.set(key, number);
                case 1:
                    return event.set(key, std::string(static_cast<std::size_t>(number), 'x'));
                case 2:
                    return event.add(key, number);
                case 3:
                    return event.maximum(key, number);
                default:
                    return event.append(key, "x");
            }
        });
    }
}

}  // namespace

TEST_CASE("Rules decide on a request that was moved, shared or written by other threads as on one that was not") {
    RecordedEvents log{{.sampler = wl::TailSampler{}
                                       .keep("sum", wl::field("a") >= 3)
                                       .keep("text", wl::field("b") == "xx")
                                       .keep("there", wl::field("c").exists() && wl::field("a") != 1)
                                       .keep("items", wl::field("d").contains("x"))
                                       .keep("default", wl::field("e") == 7 && wl::field("b") == 2)
                                       .otherwise(1),
                        .defaults = {{"e", 7}}}};
    for (unsigned seed = 1; seed <= 300; ++seed) {
        const auto named = [&](const char* way) { return std::string(way) + std::to_string(seed); };
        {
            wl::Request request{named("plain "), log.recorder()};
            write_some(seed, [&](auto one) { one(request.event()); });
        }
        {
            wl::Request request{named("moved "), log.recorder()};
            write_some(seed, [&](auto one) { one(request.event()); });
            const wl::Request moved{std::move(request)};
        }
        {
            wl::Request request{named("shared "), log.recorder()};
            REQUIRE(request.handle());
            write_some(seed, [&](auto one) { one(request.event()); });
        }
        if (seed % 5 != 0) continue;
        wl::Request request{named("threads "), log.recorder()};
        const wl::Handle handle = request.handle();
        write_some(seed, [&, n = 0](auto one) mutable {
            if (++n % 2 == 0) return one(request.event());
            std::thread([&] {
                const wl::Attach attach{handle};
                one(wl::event());
            }).join();
        });
    }
    std::map<std::string, std::string> rules;
    for (const Json& event : log.events()) rules[event.at("name")] = event.at("sample_rule");
    std::map<std::string, int> seen;
    for (const auto& [name, rule] : rules) {
        INFO(name);
        CHECK(rule == rules.at("plain" + name.substr(name.find(' '))));
        ++seen[rule];
    }
    CHECK(seen.size() == 6);  // each rule has decided
}
