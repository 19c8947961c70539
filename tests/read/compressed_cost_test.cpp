#include "read/compressed_cost.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>

#include "catch.hpp"
#include "journal/service_traffic.hpp"
#include "journal/test_batch.hpp"

using namespace wideline;

namespace {

std::size_t compressed_size(const std::string& lines) { return testing_journal::TestBatch::compress(lines).size(); }

double priced(read::CompressedCost& cost, const std::string& lines) {
    const auto prices = cost.of(lines);
    return std::accumulate(prices.begin(), prices.end(), 0.0) / 8;
}

}  // namespace

TEST_CASE("Prices add up to nearly what lines take when compressed") {
    read::CompressedCost cost;
    testing_journal::ServiceTraffic traffic;
    for (const std::size_t bytes : {std::size_t{64} << 10, std::size_t{1} << 20, std::size_t{3} << 20}) {
        const std::string lines = traffic.lines(bytes);
        const auto size = static_cast<double>(compressed_size(lines));
        const double sum = priced(cost, lines);
        CAPTURE(bytes, size, sum);
        CHECK(sum > 0.9 * size);
        CHECK(sum < 1.1 * size);
    }
}

TEST_CASE("A field costs about what its lines save without it, when it is ids, and little when it is always the same") {
    read::CompressedCost cost;
    testing_journal::ServiceTraffic traffic;
    const std::string lines = traffic.lines(std::size_t{1} << 20);
    const auto prices = cost.of(lines);
    const auto price_of = [&](const std::string& key) {
        double bits = 0;
        for (std::size_t at = lines.find("\"" + key + "\":"); at != std::string::npos;
             at = lines.find("\"" + key + "\":", at + 1)) {
            const std::size_t end = lines.find_first_of(",}", at);
            bits += std::accumulate(prices.begin() + static_cast<std::ptrdiff_t>(at),
                                    prices.begin() + static_cast<std::ptrdiff_t>(end), 0.0);
        }
        return bits / 8;
    };
    const auto saved_without = [&](const std::string& key) {
        std::string rest;
        for (std::size_t at = 0; at < lines.size();) {
            const std::size_t end = lines.find('\n', at) + 1;
            auto event = nlohmann::ordered_json::parse(lines.substr(at, end - at));
            event.erase(key);
            rest += event.dump() + "\n";
            at = end;
        }
        return static_cast<double>(compressed_size(lines)) - static_cast<double>(compressed_size(rest));
    };
    for (const std::string key : {"trace_id", "span_id", "event_id"}) {
        const double price = price_of(key);
        const double saved = saved_without(key);
        CAPTURE(key, price, saved);
        CHECK(price > 0.75 * saved);
        CHECK(price < 1.25 * saved);
    }
    CHECK(price_of("service.environment") < price_of("trace_id") / 10);
    CHECK(price_of("service.name") < price_of("trace_id") / 10);
}

TEST_CASE("Any bytes have a price") {
    read::CompressedCost cost;
    CHECK(cost.of("").empty());
    for (const std::string& text : {std::string("x"), std::string(3, '\0'), std::string(5'000'000, 'a')}) {
        const auto prices = cost.of(text);
        REQUIRE(prices.size() == text.size());
        CHECK(std::all_of(prices.begin(), prices.end(), [](float price) { return price >= 0; }));
    }
}
