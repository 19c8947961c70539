#include "read/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "catch.hpp"
#include "read/byte_window.hpp"
#include "read/weighted_quantiles.hpp"

using namespace wideline::read;

namespace {

/// The definition, literally.
double slow_quantile(std::vector<std::pair<double, double>> values, double share) {
    std::sort(values.begin(), values.end());
    double total = 0;
    for (const auto& [value, weight] : values) total += weight;
    double reached = 0;
    for (const auto& [value, weight] : values)
        if ((reached += weight) >= share * total * (1 - 1e-12)) return value;
    return 0;
}

}  // namespace

TEST_CASE("Weighted quantiles are the smallest value whose cumulative weight reaches the share") {
    std::mt19937_64 random(5);
    for (int round = 0; round < 200; ++round) {
        WeightedQuantiles quantiles;
        QuantileBudget budget;
        std::vector<std::pair<double, double>> values;
        for (std::uint64_t count = 1 + random() % 100; count > 0; --count) {
            const double value = static_cast<double>(random() % 50) / 4;
            const double weight = static_cast<double>(random() % 5) * (random() % 2 == 0 ? 1 : 20);
            quantiles.add(value, weight, budget);
            if (weight > 0) values.emplace_back(value, weight);
        }
        if (values.empty()) continue;
        for (const double share : {0.0, 0.01, 0.5, 0.9, 0.99, 1.0})
            CHECK(quantiles.at(share) == slow_quantile(values, share));
    }
}

TEST_CASE("Without room for every value, quantiles below zero are within half a percent, and in their order") {
    WeightedQuantiles quantiles;
    QuantileBudget budget{10};
    for (int i = -500; i <= 500; ++i) quantiles.add(i, 1, budget);
    CHECK_FALSE(quantiles.exact());
    for (const double share : {0.01, 0.1, 0.4, 0.49, 0.6, 0.9, 0.999}) {
        const double exact = std::ceil(share * 1001 - 1e-9) - 501;
        CHECK(std::abs(quantiles.at(share) - exact) <= 0.005 * std::abs(exact) + 1e-9);
    }
    CHECK(quantiles.at(0.5) == 0);
}

TEST_CASE("Spans of time begin at multiples of their length, before 1970 too") {
    auto by = Grouping::by_time(std::chrono::minutes(10));
    CHECK(by.key_of("\"2026-11-23T22:19:59.999999Z\"") == "\"2026-11-23T22:10:00Z\"");
    CHECK(by.key_of("\"2026-11-23T22:20:00+02:00\"") == "\"2026-11-23T20:20:00Z\"");
    CHECK(by.key_of("\"1969-12-31T23:59:59Z\"") == "\"1969-12-31T23:50:00Z\"");
    for (const std::string_view none :
         {"", "\"", "\"\"", "5", "null", "\"yesterday\"", "\"0000-01-01T00:00:00+10:00\""})
        CHECK(by.key_of(none).empty());
    CHECK(Grouping::by_time(std::chrono::hours(24)).key_of("\"2026-11-23T22:19:59Z\"") == "\"2026-11-23T00:00:00Z\"");
    CHECK(Grouping::by_field("x").key_of("5") == "5");
}

TEST_CASE("Without room for every value, quantiles are within half a percent") {
    WeightedQuantiles quantiles;
    QuantileBudget budget{1000};
    std::vector<std::pair<double, double>> values;
    std::mt19937_64 random(6);
    std::lognormal_distribution<double> durations(3, 2);
    for (int i = 0; i < 50'000; ++i) {
        const double value = i % 100 == 0 ? 0 : durations(random);
        const double weight = 1 + static_cast<double>(i % 7);
        quantiles.add(value, weight, budget);
        values.emplace_back(value, weight);
    }
    CHECK_FALSE(quantiles.exact());
    CHECK(budget.values == 1000);
    for (const double share : {0.05, 0.5, 0.9, 0.99, 0.999}) {
        const double exact = slow_quantile(values, share);
        CHECK(std::abs(quantiles.at(share) - exact) <= 0.005 * exact + 1e-9);
    }
    CHECK(quantiles.at(0.001) == 0);
}

TEST_CASE("Statistics of random events are those of a slow count by nlohmann") {
    std::mt19937_64 random(7);
    struct Model {
        double requests = 0, errors = 0;
        std::uint64_t kept = 0;
        std::vector<std::pair<double, double>> durations;
    };
    std::map<std::string, Model> model;
    Statistics statistics("http.route");
    for (int i = 0; i < 20'000; ++i) {
        nlohmann::ordered_json event;
        event["name"] = "request";
        if (random() % 10 != 0) event["duration_ms"] = static_cast<double>(random() % 100'000) / 7;
        event["outcome"] = random() % 20 == 0    ? "error"
                           : random() % 100 == 0 ? "crashed"
                           : random() % 9 == 0   ? "cancelled"
                                                 : "success";
        if (random() % 10 != 0)
            event["sample_weight"] = random() % 3 == 0 ? 0.0 : 1 / (0.01 + static_cast<double>(random() % 99) / 100);
        if (random() % 10 != 0)
            event["http.route"] =
                random() % 2 == 0 ? nlohmann::ordered_json(random() % 4) : nlohmann::ordered_json("/caf\xC3\xA9");
        const std::string line = event.dump() + "\n";
        const std::string readable = line + std::string(kReadableBehind, ' ');
        statistics.add_line({readable.data(), line.size()});

        const auto parsed = nlohmann::json::parse(line);
        Model& group = model[parsed.contains("http.route") ? parsed["http.route"].dump() : ""];
        const double weight = parsed.value("sample_weight", 1.0);
        group.requests += weight;
        group.errors += parsed["outcome"] == "success" || parsed["outcome"] == "cancelled" ? 0 : weight;
        ++group.kept;
        if (parsed.contains("duration_ms") && weight > 0)
            group.durations.emplace_back(parsed["duration_ms"].get<double>(), weight);
    }
    REQUIRE(statistics.groups().size() == model.size());
    for (auto& [key, expected] : model) {
        GroupStatistics& group = statistics.groups().at(key);
        CHECK(group.kept == expected.kept);
        CHECK(group.requests.sum() == Approx(expected.requests));
        CHECK(group.errors.sum() == Approx(expected.errors));
        for (const double share : {0.5, 0.9, 0.99})
            CHECK(group.duration_ms.at(share) == slow_quantile(expected.durations, share));
    }
    CHECK(statistics.total().kept == 20'000);
}

TEST_CASE("The 95 % interval holds the truth about 95 times in 100") {
    std::mt19937_64 random(8);
    std::uniform_real_distribution<double> uniform(0, 1);
    int held = 0;
    for (int round = 0; round < 1000; ++round) {
        Estimate requests;
        for (int i = 0; i < 2000; ++i)
            if (uniform(random) < 0.05) requests.add(1, 20);
        held += requests.low() <= 2000 && 2000 <= requests.high() ? 1 : 0;
    }
    CHECK(held > 930);
    CHECK(held < 970);
}

TEST_CASE("Groups are bounded, and what comes after the last is still counted, lines that are no events are too") {
    Statistics statistics("key");
    for (std::size_t i = 0; i < Statistics::kMostGroups + 50; ++i) {
        const std::string line = "{\"key\":" + std::to_string(i) + "}\n";
        const std::string readable = line + std::string(kReadableBehind, ' ');
        statistics.add_line({readable.data(), line.size()});
    }
    CHECK(statistics.groups().size() == Statistics::kMostGroups + 1);
    CHECK(statistics.groups().at(std::string(Statistics::kOtherGroups)).kept == 50);
    const std::string bad = "not json\n" + std::string(kReadableBehind, ' ');
    statistics.add_line({bad.data(), 9});
    CHECK(statistics.bad_lines() == 1);
    CHECK(statistics.total().kept == Statistics::kMostGroups + 50);
}

namespace {

/// A kept event that stands for 100 requests.
const std::string kKept =
    R"({"name":"kept","duration_ms":1,"outcome":"success","sample_weight":100})" + std::string(kReadableBehind, ' ');
const std::string_view kKeptLine = std::string_view(kKept).substr(0, kKept.size() - kReadableBehind);

wideline::journal_files::FrameIndex index_with(std::vector<wideline::RequestTotals> totals) {
    wideline::journal_files::FrameIndex index;
    index.totals = std::move(totals);
    return index;
}

}  // namespace

TEST_CASE("Where every frame has totals, they are summed, and names of which no event was kept are there too") {
    Statistics statistics("name");
    const auto first = index_with({{"kept", false, 90, 2, {{1, 90}}}, {"gone \"1\"", false, 5, 0, {{2, 5}}}});
    const auto second = index_with({{"kept", false, 7, 1, {{1, 3}, {9, 4}}}, {"", true, 11, 0, {}}});
    statistics.add_index(&first);
    statistics.add_line(kKeptLine);
    statistics.add_index(&second);
    statistics.finish();
    CHECK(statistics.groups().at("\"kept\"").kept == 1);
    CHECK(statistics.groups().at("\"kept\"").totals == wideline::RequestTotals{"", false, 97, 3, {{1, 93}, {9, 4}}});
    CHECK(statistics.groups().at("\"gone \\\"1\\\"\"").totals->requests == 5);
    CHECK(statistics.groups().at(std::string(Statistics::kFurtherNames)).totals->requests == 11);
    CHECK(statistics.total().totals->requests == 97 + 5 + 11);
    CHECK(statistics.total().totals->errors == 3);
}

TEST_CASE("A frame without totals, or without an index, is estimated, and what the others counted stays") {
    const auto counted = index_with({{"kept", false, 90, 2, {{1, 90}}}});
    const wideline::journal_files::FrameIndex not_counted;
    for (const wideline::journal_files::FrameIndex* const without :
         {&not_counted, static_cast<const wideline::journal_files::FrameIndex*>(nullptr)}) {
        Statistics statistics("name");
        statistics.add_index(&counted);
        statistics.add_line(kKeptLine);
        statistics.add_index(without);
        statistics.add_line(kKeptLine);
        statistics.add_index(&counted);
        statistics.add_line(kKeptLine);
        statistics.finish();
        for (GroupStatistics* const group : {&statistics.total(), &statistics.groups().at("\"kept\"")}) {
            CHECK(group->kept == 3);
            CHECK(group->totals->requests == 180);
            CHECK(group->estimated_from == 1);
            CHECK(group->requests.sum() == 100);
            CHECK(group->duration_ms.at(0.5) < 0.01);  // 180 in the bucket of a microsecond, 100 of a millisecond
            CHECK(group->duration_ms.at(0.7) == 1);
        }
    }
}

TEST_CASE("Names past the groups that there is room for are counted among the others, with their events") {
    Statistics statistics("name");
    std::vector<wideline::RequestTotals> all;
    for (std::size_t i = 0; i < Statistics::kMostGroups + 30; ++i)
        all.push_back({std::to_string(i), false, 2, 1, {{7, 2}}});
    const auto counted = index_with(all);
    statistics.add_index(&counted);
    statistics.add_line(kKeptLine);
    statistics.finish();
    CHECK(statistics.groups().size() == Statistics::kMostGroups + 1);
    const auto& others = statistics.groups().at(std::string(Statistics::kOtherGroups));
    CHECK(others.totals->requests == 2 * 30);
    CHECK(others.kept == 1);
}

TEST_CASE("Groups that were there for their totals alone stay when another frame is estimated") {
    Statistics statistics("name");
    const auto counted = index_with({{"gone", false, 90, 2, {{1, 90}}}});
    statistics.add_index(&counted);
    statistics.add_index(nullptr);
    statistics.add_line(kKeptLine);
    statistics.finish();
    CHECK(statistics.groups().size() == 2);
    CHECK(statistics.groups().at("\"gone\"").totals->requests == 90);
}

TEST_CASE("By another field than the name, the total is counted and the groups are estimated") {
    Statistics statistics("outcome");
    const auto counted = index_with({{"kept", false, 90, 2, {{1, 90}}}});
    statistics.add_index(&counted);
    statistics.add_line(kKeptLine);
    statistics.finish();
    CHECK(statistics.total().totals->requests == 90);
    CHECK_FALSE(statistics.groups().at("\"success\"").totals);
}

TEST_CASE("An event that a rule has kept with an unknown probability is not counted, and one without a rule is") {
    Statistics statistics("name");
    for (const char* const line :
         {R"({"name":"a","duration_ms":1,"sample_weight":4,"sample_rule":"up"})", R"({"name":"a","duration_ms":1})",
          R"({"name":"a","duration_ms":1,"sample_rule":"up"})"}) {
        const std::string readable = line + std::string(kReadableBehind, ' ');
        statistics.add_line({readable.data(), readable.size() - kReadableBehind});
    }
    CHECK(statistics.total().kept == 3);
    CHECK(statistics.total().requests.sum() == 5);
}
