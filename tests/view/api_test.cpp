#include "view/api.hpp"

#include <zstd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "catch.hpp"
#include "journal/journal_sink.hpp"
#include "journal/test_batch.hpp"
#include "platform/few_open_files.hpp"
#include "read/estimate.hpp"
#include "read/time_text.hpp"
#include "view/server.hpp"

using namespace wideline;
using nlohmann::json;
using testing_journal::TemporaryDirectory;
using testing_journal::TestBatch;

namespace {

constexpr std::int64_t kBegin = 1'795'471'200'000'000;  // 2026-11-23T22:00:00Z

std::int64_t time_of(const json& event) {
    return read::parse_rfc3339(event.at("timestamp").get<std::string>())->time_since_epoch().count();
}

/// Events that overlap between frames, with hostile texts among their values.
class GeneratedJournal {
public:
    GeneratedJournal() {
        std::mt19937_64 random(11);
        const SinkPtr sink = journal(directory_.path());
        sink->open({});
        for (std::uint64_t frame = 0; frame < 20; ++frame) {
            std::string lines;
            std::uint64_t errors = 0;
            std::int64_t first = INT64_MAX;
            std::int64_t last = INT64_MIN;
            for (int i = 0; i < 50; ++i) {
                json event = made(random, static_cast<int>(frame) * 40 + static_cast<int>(random() % 90));
                errors += event["outcome"] == "error" ? 1 : 0;
                first = std::min(first, time_of(event));
                last = std::max(last, time_of(event));
                lines += event.dump() + "\n";
                events_.push_back(std::move(event));
            }
            sink->deliver(TestBatch(lines, 50, errors, frame, first, last));
        }
        sink->close();
    }

    [[nodiscard]] const std::vector<json>& events() const { return events_; }
    [[nodiscard]] std::string path() const { return directory_.path(); }

private:
    json made(std::mt19937_64& random, int second) {
        static constexpr const char* kUsers[] = {"u_1", "two words", "<script>alert(1)</script>", "é\"\\\n", ""};
        char time[64];
        std::snprintf(time, sizeof time, "2026-11-23T22:%02d:%02d.%06dZ", second / 60, second % 60,
                      static_cast<int>(random() % 1'000'000));
        json event{{"timestamp", time},
                   {"name", random() % 3 == 0 ? "search" : "checkout"},
                   {"duration_ms", static_cast<double>(random() % 4000) / 4},
                   {"outcome", random() % 9 == 0 ? "error" : "success"},
                   {"sample_weight", static_cast<double>(1 + random() % 20)},
                   {"trace_id", "trace" + std::to_string(random() % 300)},
                   {"tags", random() % 2 == 0 ? json{"new", 7} : json{"old", "new"}},
                   {"number", number_++}};
        if (random() % 10 != 0) event["user.id"] = kUsers[random() % 5];
        return event;
    }

    TemporaryDirectory directory_;
    std::vector<json> events_;
    int number_ = 0;
};

/// A frame that does not say how much it holds.
std::string compressed_by_a_pipe(const std::string& lines) {
    std::string frame(ZSTD_compressBound(lines.size()), '\0');
    ZSTD_CCtx* const context = ZSTD_createCCtx();
    ZSTD_inBuffer in{lines.data(), lines.size(), 0};
    ZSTD_outBuffer out{frame.data(), frame.size(), 0};
    REQUIRE(ZSTD_compressStream2(context, &out, &in, ZSTD_e_continue) != 1);
    REQUIRE(ZSTD_compressStream2(context, &out, &in, ZSTD_e_end) == 0);
    ZSTD_freeCCtx(context);
    frame.resize(out.pos);
    return frame;
}

/// What a search should take.
struct Case {
    view::Api::Parameters parameters;
    std::function<bool(const json&)> takes;
};

std::vector<Case> cases() {
    const auto named = [](const json& e) { return e["name"] == "checkout"; };
    return {
        {{}, [](const json&) { return true; }},
        {{{"errors", "1"}}, [](const json& e) { return e["outcome"] == "error"; }},
        {{{"q", "name=checkout duration_ms>500"}}, [=](const json& e) { return named(e) && e["duration_ms"] > 500; }},
        {{{"q", "user.id=\"two words\""}}, [](const json& e) { return e.value("user.id", "-") == "two words"; }},
        {{{"q", "user.id!=u_1"}}, [](const json& e) { return e.contains("user.id") && e["user.id"] != "u_1"; }},
        {{{"q", "tags=new tags!=old"}},
         [](const json& e) {
             return e["tags"] == json{"new", 7};
         }},
        {{{"q", "\"user.id\"=\"é\\\"\\\n\""}}, [](const json& e) { return e.value("user.id", "-") == "é\"\\\n"; }},
        {{{"q", "\"<script>\""}},
         [](const json& e) { return e.value("user.id", "-").find("<script>") != std::string::npos; }},
        {{{"q", "name~^check"}, {"since", std::to_string(kBegin + 60'000'000)}},
         [=](const json& e) { return named(e) && time_of(e) >= kBegin + 60'000'000; }},
        {{{"since", std::to_string(kBegin + 30'000'000)}, {"until", std::to_string(kBegin + 200'500'000)}},
         [](const json& e) { return time_of(e) >= kBegin + 30'000'000 && time_of(e) < kBegin + 200'500'000; }},
        {{{"q", "name=nobody"}}, [](const json&) { return false; }},
    };
}

json get(view::Api& api, const std::string& path, const view::Api::Parameters& parameters = {}, int status = 200) {
    const view::Answer answer = api.get(path, parameters);
    CHECK(answer.status == status);
    return json::parse(answer.body);
}

double weighted_quantile(std::vector<json> events, double share) {
    std::sort(events.begin(), events.end(),
              [](const json& a, const json& b) { return a["duration_ms"] < b["duration_ms"]; });
    double total = 0;
    double reached = 0;
    for (const json& event : events) total += event["sample_weight"].get<double>();
    for (const json& event : events)
        if ((reached += event["sample_weight"].get<double>()) >= share * total) return event["duration_ms"];
    return 0;
}

int number_of(const json& listed) {
    for (const json& field : listed["fields"])
        if (field[0] == "number") return std::stoi(field[1].get<std::string>());
    return -1;
}

}  // namespace

TEST_CASE("The page's summary counts what a plain loop over the lines counts") {
    const GeneratedJournal journal;
    view::Api api(platform::FileSystem::real(), {journal.path()});
    for (const Case& one : cases()) {
        view::Api::Parameters parameters = one.parameters;
        parameters.emplace("by", "user.id");
        parameters.emplace("buckets", "7");
        const json summary = get(api, "/api/summary", parameters);
        std::vector<json> taken;
        std::copy_if(journal.events().begin(), journal.events().end(), std::back_inserter(taken), one.takes);
        double requests = 0;
        double errors = 0;
        std::map<std::string, std::pair<double, double>> by;
        std::vector<std::pair<double, double>> buckets(7);
        const std::int64_t from = summary["from"];
        const std::int64_t to = summary["to"];
        for (const json& event : taken) {
            const double weight = event["sample_weight"];
            const double failed = event["outcome"] == "error" ? weight : 0;
            requests += weight;
            errors += failed;
            auto& value = by[event.contains("user.id") ? event["user.id"].dump() : "null"];
            value.first += weight;
            value.second += failed;
            auto& bucket = buckets.at(static_cast<std::size_t>(static_cast<double>(time_of(event) - from) /
                                                               static_cast<double>(to - from) * 7));
            bucket.first += weight - failed;
            bucket.second += failed;
        }
        CHECK(summary["events"] == taken.size());
        CHECK(summary["requests"] == requests);
        CHECK(summary["errors"] == errors);
        read::Estimate estimate;
        for (const json& event : taken) estimate.add(1, event["sample_weight"]);
        CHECK(summary["intervals"]["requests"][0].get<double>() == Approx(estimate.low()));
        CHECK(summary["intervals"]["requests"][1].get<double>() == Approx(estimate.high()));
        for (std::size_t i = 0; i < buckets.size(); ++i)
            CHECK(summary["buckets"][i] == json::array({buckets[i].first, buckets[i].second}));
        CHECK(summary["by"]["values"].size() == by.size());
        for (const json& value : summary["by"]["values"]) {
            const auto& expected = by[value["value"].is_null() ? "null" : value["value"].get<std::string>()];
            CHECK(value["requests"] == expected.first);
            CHECK(value["errors"] == expected.second);
        }
        if (taken.empty()) continue;
        for (const auto& [name, share] : {std::pair{"p50", .5}, {"p90", .9}, {"p95", .95}, {"p99", .99}})
            CHECK(summary["duration_ms"][name] == weighted_quantile(taken, share));
    }
}

TEST_CASE("The page's list gives every event that a search takes once, the newest first, page by page") {
    const GeneratedJournal journal;
    view::Api api(platform::FileSystem::real(), {journal.path()});
    for (const Case& one : cases()) {
        std::set<int> expected;
        for (const json& event : journal.events())
            if (one.takes(event)) expected.insert(event["number"].get<int>());
        std::set<int> found;
        std::int64_t last = INT64_MAX;
        view::Api::Parameters parameters = one.parameters;
        parameters.emplace("limit", "37");
        for (bool more = true; more;) {
            const json page = get(api, "/api/events", parameters);
            more = page["more"];
            REQUIRE((!more || page["events"].size() == 37));
            for (const json& event : page["events"]) {
                CHECK(event["time"] <= last);
                last = event["time"];
                CHECK(found.insert(number_of(event)).second);
                parameters.erase("before");
                parameters.emplace("before", event["id"]);
            }
        }
        CHECK(found == expected);
    }
}

TEST_CASE("An event is found by its id, whole, with all events of its trace") {
    const GeneratedJournal journal;
    view::Api api(platform::FileSystem::real(), {journal.path()});
    const json page = get(api, "/api/events", {{"limit", "20"}});
    for (const json& listed : page["events"]) {
        const json event = get(api, "/api/event", {{"id", listed["id"]}});
        CHECK(event["fields"] == listed["fields"]);
        const json& written = journal.events().at(static_cast<std::size_t>(number_of(event)));
        for (const json& field : event["fields"])
            CHECK(json::parse(field[1].get<std::string>()) == written.at(field[0].get<std::string>()));
        std::set<int> expected;
        for (const json& other : journal.events())
            if (other["trace_id"] == written["trace_id"]) expected.insert(other["number"].get<int>());
        std::set<int> found;
        for (const json& other : event["trace"]) found.insert(number_of(other));
        CHECK(found == expected);
    }
    get(api, "/api/event", {{"id", "1.2"}}, 404);
}

TEST_CASE("The quick summary says how many requests there are without reading an event") {
    const GeneratedJournal journal;
    view::Api api(platform::FileSystem::real(), {journal.path()});
    const json quick = get(api, "/api/summary", {{"quick", "1"}, {"buckets", "11"}});
    double weight = 0;
    for (const json& bucket : quick["buckets"]) weight += bucket[0].get<double>() + bucket[1].get<double>();
    CHECK(quick["exact"] == false);
    CHECK(quick["events"] == 1000);
    CHECK(quick["requests"] == 1000.0);  // TestBatch says a weight of 1 each.
    CHECK(weight == Approx(1000));
    CHECK(get(api, "/api/summary", {{"quick", "1"}, {"q", "name=search"}})["exact"] == true);
}

TEST_CASE("The page sees events as they are written, each once, through the merge that closes a segment") {
    TemporaryDirectory directory;
    view::Api api(platform::FileSystem::real(), {directory.path()});
    CHECK(get(api, "/api/summary")["events"] == 0);
    const SinkPtr sink = journal(directory.path());
    sink->open({});
    json version = get(api, "/api/version")["version"];
    std::string id;
    for (int i = 0; i < 12; ++i) {
        sink->deliver(TestBatch(testing_journal::event_line(i, i), 1, 0, static_cast<std::uint64_t>(i),
                                kBegin + i * 1'000'000LL, kBegin + i * 1'000'000LL));
        CHECK(get(api, "/api/version")["version"] != version);
        version = get(api, "/api/version")["version"];
        CHECK(get(api, "/api/summary")["events"] == i + 1);
        const json page = get(api, "/api/events", {{"limit", "1"}});
        CHECK(number_of(page["events"][0]) == i);
        if (i == 5) id = page["events"][0]["id"];
    }
    sink->close();
    CHECK(get(api, "/api/summary")["events"] == 12);
    CHECK(number_of(get(api, "/api/event", {{"id", id}})) == 5);
}

TEST_CASE("The page shows more segments than a process may have open files, and holds none that was deleted") {
    TemporaryDirectory directory;
    for (int i = 0; i < 100; ++i)
        testing_journal::write_file(directory.path(std::to_string(i) + ".jsonl.zst"),
                                    testing_journal::event_line(i, 1));
    view::Api api(platform::FileSystem::real(), {directory.path()});
    const testing_platform::FewOpenFiles few(40);
    CHECK(get(api, "/api/summary")["events"] == 100);
    std::filesystem::remove(directory.path("7.jsonl.zst"));
    const json summary = get(api, "/api/summary");
    CHECK(summary["events"] == 99);
    CHECK(summary["problems"].empty());
}

TEST_CASE("A damaged frame costs itself on the page, and is named") {
    const GeneratedJournal journal;
    const std::string segment = std::filesystem::directory_iterator(journal.path())->path().string();
    std::string bytes = testing_journal::contents_of(segment);
    const std::size_t middle = bytes.size() / 2;
    for (std::size_t i = 0; i < 4; ++i) bytes[middle + i] = static_cast<char>(~bytes[middle + i]);
    testing_journal::write_file(segment, bytes);
    view::Api api(platform::FileSystem::real(), {segment});
    const json page = get(api, "/api/events", {{"limit", "500"}});
    const json summary = get(api, "/api/summary");
    CHECK(summary["events"].get<int>() < 1000);
    CHECK(page["events"].size() == std::min<std::size_t>(500, summary["events"].get<std::size_t>()));
    CHECK_FALSE(get(api, "/api/summary")["problems"].empty());
}

TEST_CASE(
    "Plain lines and foreign frames are shown too, a line that is cut across frames and a frame without a size as "
    "well") {
    TemporaryDirectory directory;
    std::string lines;
    for (int i = 0; i < 40; ++i) lines += testing_journal::event_line(i, i);
    testing_journal::write_file(directory.path("plain.jsonl"), lines);
    testing_journal::write_file(directory.path("foreign.jsonl.zst"),
                                TestBatch::compress(lines.substr(0, 1234)) + TestBatch::compress(lines.substr(1234)));
    testing_journal::write_file(directory.path("piped.jsonl.zst"), compressed_by_a_pipe(lines));
    for (const char* name : {"plain.jsonl", "foreign.jsonl.zst", "piped.jsonl.zst"}) {
        view::Api api(platform::FileSystem::real(), {directory.path(name)});
        CHECK(get(api, "/api/summary")["events"] == 40);
        CHECK(get(api, "/api/events", {{"limit", "500"}})["events"].size() == 40);
    }
}

TEST_CASE("Parameters that are none are refused with a sentence") {
    TemporaryDirectory directory;
    view::Api api(platform::FileSystem::real(), {directory.path()});
    for (const view::Api::Parameters& wrong : std::vector<view::Api::Parameters>{
             {{"since", "soon"}}, {{"until", "99999999999999999999"}}, {{"q", "name~("}}, {{"q", "\"no end"}}})
        CHECK_FALSE(get(api, "/api/summary", wrong, 400)["error"].get<std::string>().empty());
    CHECK(get(api, "/api/events", {{"before", "x"}}, 400)["error"].get<std::string>().find("\"x\"") !=
          std::string::npos);
    get(api, "/api/event", {{"id", ""}}, 400);
    get(api, "/api/nothing", {}, 404);
    get(api, "/api/summary", {{"q", "a\xff\xfe=\xff"}, {"by", "\xff"}, {"buckets", "-5"}, {"limit", "0"}});
}

TEST_CASE("Only the server's own names are its names: another site's name that leads here is refused") {
    for (const char* own : {"127.0.0.1:8417", "localhost:8417", "localhost", "LOCALHOST:1", "[::1]:8417", "[::1]"})
        CHECK(view::is_own_host(own, "127.0.0.1"));
    for (const char* other : {"evil.example", "evil.example:8417", "127.0.0.1.evil.example", "localhost.evil.example:1",
                              "", ":8417", "10.0.0.1", "[::2]:8417", "localhost:1:2"})
        CHECK_FALSE(view::is_own_host(other, "127.0.0.1"));
    CHECK(view::is_own_host("logs.internal:8417", "logs.internal"));
    CHECK(view::is_own_host("[fe80::1]:8417", "fe80::1"));
}
