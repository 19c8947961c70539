// Sums by weight, corrected by what the indexes say was lost.
#include "read/loss_correction.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <wideline/reader.hpp>

#include "catch.hpp"
#include "journal/test_batch.hpp"
#include "read/byte_window.hpp"
#include "read/lines.hpp"
#include "read/statistics.hpp"

using namespace wideline;
using namespace wideline::read;
using testing_journal::TemporaryDirectory;
using testing_journal::TestBatch;

namespace {

std::string line(const std::string& rule, double weight, const std::string& route, const std::string& more = {}) {
    return R"({"name":"r","outcome":"success","sample_weight":)" + std::to_string(weight) + R"(,"sample_rule":")" +
           rule + R"(","route":")" + route + "\"" + more + "}\n";
}

journal_files::FrameIndex index_with(std::vector<LostEvents> lost) {
    journal_files::FrameIndex index;
    index.lost = std::move(lost);
    return index;
}

void add_frame(Statistics& statistics, const std::vector<LostEvents>& lost, const std::string& lines,
               std::optional<std::vector<RequestTotals>> totals = {}) {
    auto index = index_with(lost);
    index.totals = std::move(totals);
    const std::string padded = lines + std::string(kReadableBehind, '\0');
    const std::string_view all = std::string_view(padded).substr(0, lines.size());
    statistics.begin_frame(&index, all);
    statistics.add_index(&index);
    for_each_line(all, [&](std::string_view one) { statistics.add_line(one); });
}

}  // namespace

TEST_CASE("A group gets its rule's losses in proportion, the total gets all of them, and other frames get none") {
    Statistics statistics("route");
    std::string lines;
    for (int i = 0; i < 30; ++i) lines += line("half", 2, i % 3 != 0 ? "/a" : "/b");
    lines += line("all", 1, "/b");
    add_frame(statistics, {{"half", LossReason::queue_full, 60, 0, 120}, {"gone", LossReason::queue_full, 5, 0, 50}},
              lines);
    add_frame(statistics, {}, lines);
    statistics.finish();
    CHECK(statistics.groups().at("\"/a\"").requests.sum() == Approx(40 * 3 + 40));
    CHECK(statistics.groups().at("\"/b\"").requests.sum() == Approx(20 * 3 + 1 + 20 + 1));
    CHECK(statistics.total().requests.sum() == Approx(2 * 61 + 120 + 50));
    CHECK(statistics.lost_in_no_group() == Approx(50));
    CHECK(statistics.lost().size() == 2);
    // What is lost is as unknown as what was sampled away.
    CHECK(statistics.groups().at("\"/a\"").requests.low() < 150);
    CHECK(statistics.groups().at("\"/a\"").requests.high() > 170);
}

TEST_CASE("What recorders counted has the losses: it is not corrected once more") {
    Statistics statistics("name");
    add_frame(statistics, {{"half", LossReason::queue_full, 60, 0, 120}}, line("half", 2, "/a"),
              std::vector<RequestTotals>{{"r", false, 122, 0, {}}});
    statistics.finish();
    CHECK(statistics.total().totals->requests == 122);
    CHECK(statistics.total().requests.sum() == 0);
    CHECK(statistics.groups().at("\"r\"").totals->requests == 122);
    CHECK(statistics.lost_in_no_group() == 0);
}

TEST_CASE("Requests of no rule are spread over all events, and an escaped rule name is the same name") {
    LossCorrection correction;
    const std::string first = line("a \\u0022b\\u0022", 2, "/a");
    const std::string second = line("c", 4, "/b");
    const std::string lines = first + second;
    const std::string padded = lines + std::string(kReadableBehind, '\0');
    const std::vector<LostEvents> lost = {{"a \"b\"", LossReason::queue_full, 1, 0, 2},
                                          {"", LossReason::no_memory, 4, 1, 4}};
    correction.begin(lost, std::string_view(padded).substr(0, lines.size()));
    CHECK(correction.any());
    CHECK(correction.factor_of(std::string_view(padded).substr(0, first.size())) == Approx(2 * 1.5));
    CHECK(*correction.weight_of(std::string_view(padded).substr(first.size(), second.size())) == Approx(4 * 1.5));
    CHECK(correction.left().requests == 0);
    correction.begin({}, {});
    CHECK_FALSE(correction.any());
}

TEST_CASE("Corrected estimates by group have no bias and hold their intervals, if losses do not look at groups") {
    // 40 % of the events are lost, more at some times than at others; groups of one in 2 to one in 50.
    constexpr int kRuns = 150;
    constexpr int kFrames = 20;
    const std::vector<std::pair<std::string, double>> routes = {{"/a", 0.5}, {"/b", 0.3}, {"/c", 0.18}, {"/d", 0.02}};
    std::map<std::string, std::pair<int, double>> held;  // how often, and the sum of the relative errors
    std::mt19937_64 random(11);
    std::uniform_real_distribution<double> uniform;
    for (int run = 0; run < kRuns; ++run) {
        Statistics statistics("route");
        std::map<std::string, double> truth;
        for (int frame = 0; frame < kFrames; ++frame) {
            const double share_lost = uniform(random) * 0.8;
            std::string lines;
            LostEvents lost{"tenth", LossReason::queue_full, 0, 0, 0};
            for (int i = 0; i < 1000; ++i) {
                double at = uniform(random);
                std::size_t route = 0;
                while (route + 1 < routes.size() && at >= routes[route].second) at -= routes[route++].second;
                truth[routes[route].first] += 1;
                if (uniform(random) >= 0.1) continue;
                if (uniform(random) < share_lost) {
                    ++lost.events;
                    lost.weight += 10;
                } else {
                    lines += line("tenth", 10, routes[route].first);
                }
            }
            add_frame(statistics, {lost}, lines);
        }
        statistics.finish();
        for (const auto& [route, count] : truth) {
            const Estimate& estimate = statistics.groups()["\"" + route + "\""].requests;
            held[route].first += estimate.low() <= count && count <= estimate.high() ? 1 : 0;
            held[route].second += estimate.sum() / count - 1;
        }
    }
    for (const auto& [route, found] : held) {
        CAPTURE(route, found.first, found.second / kRuns);
        CHECK(found.first >= kRuns * 0.9);
        // Four standard errors of the mean: each event is in the files with probability 0.06.
        const double share = std::find_if(routes.begin(), routes.end(), [&name = route](const auto& one) {
                                 return one.first == name;
                             })->second;
        CHECK(std::abs(found.second / kRuns) < 4 * std::sqrt((1 / 0.06 - 1) / (kFrames * 1000 * share * kRuns)));
    }
}

TEST_CASE("A reader's weights are corrected, its lines are not, and it tells what was lost") {
    TemporaryDirectory directory;
    const SinkPtr sink = journal(directory.path("logs"));
    sink->open({});
    std::string lines;
    for (int i = 0; i < 10; ++i) lines += line("half", 2, i % 2 == 0 ? "/a" : "/b");
    TestBatch batch(lines, 10, 0, 0);
    batch.set_lost({{"half", LossReason::journal_stalled, 10, 1, 20}, {"gone", LossReason::sink_failed, 1, 1, 7}});
    sink->deliver(batch);
    sink->deliver(TestBatch(lines, 10, 0, 1));
    sink->close();

    Reader reader{directory.path("logs"), {.where = {"route=/a"}}};
    double sum = 0;
    for (const StoredEvent& event : reader) {
        sum += event.weight();
        CHECK(*event.number("sample_weight") == 2);
    }
    CHECK(sum == Approx(5 * 4 + 5 * 2));
    REQUIRE(reader.lost().size() == 2);
    CHECK(reader.lost()[0] == LostEvents{"half", LossReason::journal_stalled, 10, 1, 20});
    CHECK(name_of(reader.lost()[1].reason) == "sink_failed");
    for (int again = 0; again < 2; ++again) {
        for (const StoredEvent& event : reader) CHECK(event.weight() > 0);
        CHECK(reader.lost().size() == 2);
    }
}
