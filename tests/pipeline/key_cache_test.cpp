// What a wrong key costs: a value that stands under another field's name, in every event from then on.
#include "pipeline/key_cache.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <wideline/key.hpp>

#include "catch.hpp"
#include "encoding/pair_hash.hpp"
#include "event/event_log.hpp"

namespace {

using wideline::pipeline::KeyCache;

std::uint32_t hash_of(std::string_view key) { return wideline::detail::KeyHash{}.with(key).value(); }

std::string text_of(const KeyCache& cache, const KeyCache::Known& key) {
    std::string text(KeyCache::text_bound(key), '\0');
    text.resize(static_cast<std::size_t>(cache.copy_text(text.data(), key) - text.data()));
    return text;
}

/// Keys, each two of the same 32-bit hash.
std::vector<std::pair<std::string, std::string>> colliding_keys(std::size_t wanted) {
    std::vector<std::pair<std::string, std::string>> found;
    std::unordered_map<std::uint32_t, std::string> by_hash;
    for (std::uint64_t i = 0; found.size() < wanted && i < 2'000'000; ++i) {
        const std::string key = "k" + std::to_string(i * 0x9e3779b97f4a7c15);
        const auto [at, fresh] = by_hash.emplace(hash_of(key), key);
        if (!fresh) found.emplace_back(at->second, key);
    }
    return found;
}

}  // namespace

TEST_CASE("Keys of the same hash keep their own text") {
    const auto keys = colliding_keys(8);
    REQUIRE(keys.size() == 8);
    KeyCache cache(64);
    cache.begin_event();
    for (const auto& [one, other] : keys) {
        REQUIRE(hash_of(one) == hash_of(other));
        cache.add(hash_of(one), one);
        CHECK(cache.find(hash_of(other), other) == nullptr);
        cache.add(hash_of(other), other);
    }
    for (const auto& [one, other] : keys)
        for (const std::string& key : {one, other}) {
            const KeyCache::Known* const known = cache.find(hash_of(key), key);
            REQUIRE(known != nullptr);
            CHECK(text_of(cache, *known) == ",\"" + key + "\":");
            CHECK(known->pair_key == wideline::key_hash(key));
        }
}

TEST_CASE("A key that begins like another, or that a hostile caller chose, is written as itself") {
    const std::vector<std::pair<std::string, std::string>> keys = {{"a", "a"},
                                                                   {"ab", "ab"},
                                                                   {"abcdefgh", "abcdefgh"},
                                                                   {"abcdefghi", "abcdefghi"},
                                                                   {"q\"\\\n", "q\\\"\\\\\\n"},
                                                                   {"\xff", "\xef\xbf\xbd"},
                                                                   {std::string("nul\0x", 5), "nul\\u0000x"},
                                                                   {std::string(128, '\x01'), [] {
                                                                        std::string text;
                                                                        for (int i = 0; i < 128; ++i) text += "\\u0001";
                                                                        return text;
                                                                    }()}};
    KeyCache cache(64);
    cache.begin_event();
    // All with one hash, so that nothing but the bytes tells them apart.
    for (const auto& [key, text] : keys) cache.add(7, key);
    for (const auto& [key, text] : keys) {
        const KeyCache::Known* const known = cache.find(7, key);
        REQUIRE(known != nullptr);
        CHECK(text_of(cache, *known) == ",\"" + text + "\":");
    }
    CHECK(cache.find(7, "b") == nullptr);
}

TEST_CASE("New keys for ever take no more memory, and are right all the while") {
    constexpr std::uint32_t kKeys = 16;
    KeyCache cache(kKeys);
    std::size_t met_again = 0;
    for (int event = 0; event < 1'000; ++event) {
        cache.begin_event();
        for (std::uint32_t i = 0; i < kKeys; ++i) {
            const std::string key = "user." + std::to_string(event) + "." + std::to_string(i);
            REQUIRE(cache.find(hash_of(key), key) == nullptr);
            CHECK(text_of(cache, cache.add(hash_of(key), key)) == ",\"" + key + "\":");
        }
        if (cache.find(hash_of("user.0.0"), "user.0.0") != nullptr) ++met_again;
    }
    CHECK(met_again < 8);
}

TEST_CASE("Each value stands under its own key, whatever came in that place in the events before") {
    // Of one size and one hash, so that nothing but the bytes of the whole key tells the two apart.
    const auto keys = colliding_keys(20);
    const auto same_size = std::find_if(keys.begin(), keys.end(),
                                        [](const auto& pair) { return pair.first.size() == pair.second.size(); });
    REQUIRE(same_size != keys.end());
    const std::vector<std::string> pool = {same_size->first, same_size->second, "a",           "error.kind",
                                           "http.route",     "user.id",         "http.router", "user"};
    event_test::EventLog log;
    std::mt19937 random(11);
    for (int event = 0; event < 400; ++event) {
        // Mostly the order before, so that the guess is right as far as the place where it is not.
        std::vector<std::string> order(pool.begin(), pool.begin() + 6);
        if (event % 3 == 0) std::swap(order[random() % order.size()], order[random() % order.size()]);
        if (event % 4 == 0) order[random() % order.size()] = pool[random() % pool.size()];
        if (event % 5 == 0) order.erase(order.begin() + random() % order.size());
        std::map<std::string, int> expected;
        const auto written = log.event([&] {
            for (const std::string& key : order) {
                if (event % 7 == 0 && key == "user.id") wideline::fail({.type = "refused", .why = "it was late"});
                const int value = static_cast<int>(random() % 1000);
                wideline::set(wideline::runtime(key), value);
                expected[key] = value;
            }
        });
        for (const std::string& key : pool) {
            INFO(key);
            CHECK(written.contains(key) == expected.contains(key));
            if (expected.contains(key)) CHECK(written.value(key, event_test::Json()) == expected[key]);
        }
    }
}
