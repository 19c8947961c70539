#include "config/config_file.hpp"

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "config/sampler_section.hpp"
#include "journal/test_batch.hpp"
#include "sampling/compiled_sampler.hpp"
#include "sampling/sample_request.hpp"
#include "wideline/wideline.hpp"

using namespace std::chrono_literals;
using wideline::testing::SampleEvent;
using wideline::testing::SampleRequest;
namespace wl = wideline;

namespace {

/// "line:column: sentence" of each problem.
std::string problems(std::string_view text) {
    std::string all;
    for (const auto& [position, sentence] : wl::config::read_config(text).problems)
        all += std::to_string(position.line) + ":" + std::to_string(position.column) + ": " + sentence + "\n";
    return all;
}

wl::Condition condition_of(const std::string& text) {
    const auto json = nlohmann::json::parse(text);
    return wl::config::read_condition({json, {}});
}

/// Whether both hold of the same ones among requests of many kinds.
bool same(const wl::Condition& a, const wl::Condition& b) {
    for (const char* const name : {"GET /a", "POST /b"})
        for (const int status : {200, 404, 500})
            for (const auto duration : {1ms, 600ms, 3000ms})
                for (const int ended : {0, 1, 2}) {
                    const SampleRequest request{.name = name,
                                                .duration = duration,
                                                .failed = ended == 1,
                                                .cancelled = ended == 2,
                                                .upstream_sampled = status == 404,
                                                .parent_span_id = status == 500 ? 7U : 0U,
                                                .tracestate = "vendor=" + std::to_string(status),
                                                .fields = {{"status", std::int64_t{status}},
                                                           {"code", std::to_string(status)},
                                                           {"path", std::string(name)}}};
                    wl::detail::WatchedKeys keys;
                    wl::sampling::Learned of_first;
                    wl::sampling::Learned of_second;
                    const wl::sampling::CompiledCondition first(a, keys, of_first);
                    const wl::sampling::CompiledCondition second(b, keys, of_second);
                    const SampleEvent event(request, keys);
                    if (first.evaluate(event.view()) != second.evaluate(event.view())) return false;
                }
    return true;
}

std::string text_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("A file says each condition as the code does", "[config]") {
    CHECK(same(condition_of(R"({"field":"status","==":404})"), wl::field("status") == 404));
    CHECK(same(condition_of(R"({"field":"status","!=":404})"), wl::field("status") != 404));
    CHECK(same(condition_of(R"({"field":"status",">=":300,"<":500})"),
               wl::field("status") >= 300 && wl::field("status") < 500));
    CHECK(same(condition_of(R"({"field":"status",">":200.5})"), wl::field("status") > 200.5));
    CHECK(same(condition_of(R"({"field":"status","<=":404})"), wl::field("status") <= 404));
    CHECK(same(condition_of(R"({"field":"status","in":[200,500]})"), wl::field("status").in({200, 500})));
    CHECK(same(condition_of(R"({"field":"none","exists":false})"), !wl::field("none").exists()));
    CHECK(same(condition_of(R"({"field":"path","contains":"/b"})"), wl::field("path").contains("/b")));
    CHECK(same(condition_of(R"({"field":"path","starts_with":"GET"})"), wl::field("path").starts_with("GET")));
    CHECK(same(condition_of(R"({"field":"path","matches":"/[b-z]$"})"), wl::field("path").matches("/[b-z]$")));
    CHECK(same(condition_of(R"({"name":{"==":"GET /a"}})"), wl::name() == "GET /a"));
    CHECK(same(condition_of(R"({"duration":{">=":"0.6s"}})"), wl::duration() >= 600ms));
    CHECK(same(condition_of(R"({"slower_than":"500ms"})"), wl::slower_than(500ms)));
    CHECK(same(condition_of(R"({"failed":true})"), wl::failed()));
    CHECK(same(condition_of(R"({"cancelled":true})"), wl::cancelled()));
    CHECK(same(condition_of(R"({"cancelled":false})"), !wl::cancelled()));
    CHECK(same(condition_of(R"({"upstream_sampled":false})"), !wl::upstream_sampled()));
    CHECK(same(
        condition_of(R"({"!":{"&&":[{"failed":true},{"||":[{"slower_than":"1s"},{"field":"status","==":500}]}]}})"),
        !(wl::failed() && (wl::slower_than(1s) || wl::field("status") == 500))));
    CHECK(same(condition_of(R"({"first_seen":["status"],"ttl":"1h"})"), wl::first_seen({"status"}, 1h)));
    CHECK(same(condition_of(R"({"once_per":["status"],"interval":"15min"})"), wl::once_per({"status"}, 15min)));
    CHECK(same(condition_of(R"({"field":"code","number":true,">=":404})"), wl::number(wl::field("code")) >= 404));
    CHECK_FALSE(
        same(condition_of(R"({"field":"code","number":false,">=":404})"), wl::number(wl::field("code")) >= 404));
    CHECK(same(condition_of(R"({"field":"status","not_in":[200,500]})"), wl::field("status").not_in({200, 500})));
    CHECK(same(condition_of(R"({"name":{"not_in":["GET /a"]}})"), wl::name().not_in({"GET /a"})));
    CHECK(same(condition_of(R"({"first_of":["none","status"],"==":404})"), wl::first_of({"none", "status"}) == 404));
    CHECK(same(condition_of(R"({"tracestate":"vendor","==":"404"})"), wl::tracestate("vendor") == "404"));
    CHECK(same(condition_of(R"({"has_parent":true})"), wl::has_parent()));
    CHECK(same(condition_of(R"({"always":true})"), wl::always()));
    CHECK(same(condition_of(R"({"always":false})"), !wl::always()));
    CHECK(same(condition_of(R"({"slower_than_percentile":99,"by":["path"]})"),
               wl::slower_than_percentile(99, {.by = {"path"}})));
}

TEST_CASE("A file says rules, shares, budgets and the rest of the options as the code does", "[config]") {
    const auto file = wl::config::read_config(R"({
        "service": {"name": "checkout", "version": "1.4.2", "environment": "production", "instance": "a:1"},
        "dry_run": true,
        "retain_dropped": {"bytes": 4000000, "seconds": 2.5},
        "sampler": {
            "rules": [
                {"drop": "health", "when": {"field": "http.route", "==": "/healthz"}},
                {"keep": "slow", "when": {"slower_than": "500ms"}},
                {"sample": "search", "when": {"field": "http.route", "==": "/search"}, "probability": 0.05},
                {"adaptive": "routes", "when": {"failed": false}, "by": ["http.route"], "bytes_per_second": 1e5, "max_keys": 7},
                {"sample": "some", "probability": 0.5},
                {"adaptive": "rest", "events_per_second": 5},
                {"sample_errors": "declined", "when": {"field": "kind", "==": "declined"}, "probability": 0.1},
                {"adaptive_errors": "timeouts", "when": {"field": "kind", "==": "timeout"}, "by": ["peer"], "events_per_second": 9},
                {"drop_errors": "scans", "when": {"field": "kind", "==": "scan"}}
            ],
            "otherwise": 0.01, "errors": 0.5, "at_most": {"events_per_second": 200}, "dry": ["search", "otherwise"]
        },
        "journal": {"directory": "/nowhere", "segment_bytes": 1048576, "segment_age": "2h", "durability": "machine"}
    })");
    REQUIRE(file.problems.empty());
    CHECK(file.options.service.name == "checkout");
    CHECK(file.options.service.version == "1.4.2");
    CHECK(file.options.service.environment == "production");
    CHECK(file.options.service.instance == "a:1");
    CHECK(file.options.dry_run);
    CHECK(file.options.retain_dropped.bytes == 4000000);
    CHECK(file.options.retain_dropped.seconds == 2.5);
    CHECK(file.options.sinks.size() == 1);
    const auto rules = file.options.sampler.rules();
    REQUIRE(rules.size() == 6);
    CHECK(rules[0].name == "health");
    CHECK(rules[0].probability == 0);
    CHECK(rules[1].probability == 1);
    CHECK(rules[2].probability == 0.05);
    CHECK(rules[2].dry);
    REQUIRE(rules[3].adaptive);
    CHECK(rules[3].adaptive->by == std::vector<std::string>{"http.route"});
    CHECK(rules[3].adaptive->bytes_per_second == 1e5);
    CHECK(rules[3].adaptive->max_keys == 7);
    CHECK(rules[4].name == "some");
    CHECK(rules[5].adaptive->events_per_second == 5);
    const auto error_rules = file.options.sampler.error_rules();
    REQUIRE(error_rules.size() == 3);
    CHECK(error_rules[0].name == "declined");
    CHECK(error_rules[0].probability == 0.1);
    CHECK(error_rules[1].adaptive->by == std::vector<std::string>{"peer"});
    CHECK(error_rules[2].probability == 0);
    CHECK(file.options.sampler.otherwise_probability() == 0.01);
    CHECK(file.options.sampler.otherwise_is_dry());
    CHECK(file.options.sampler.error_probability() == 0.5);
    CHECK(file.options.sampler.cap()->events_per_second == 200);
}

TEST_CASE("A file says each number of a budget as the code does", "[config]") {
    const auto file = wl::config::read_config(R"({"sampler": {
        "rules": [{"adaptive": "a", "by": ["k"], "share": 0.05, "max_keys": 9, "at_least_per_key": 2,
                   "initial_probability": 0.5, "interval": "30s"},
                  {"adaptive_errors": "b", "when": {"always": true}, "events_per_second": 3, "across_processes": true}],
        "otherwise": {"by": ["http.route"], "events_per_second": 50},
        "at_most": {"bytes_per_second": 1e5, "across_processes": true}
    }})");
    REQUIRE(file.problems.empty());
    const wl::TailSampler& sampler = file.options.sampler;
    const wl::AdaptiveBudget& budget = *sampler.rules()[0].adaptive;
    CHECK(budget.share == 0.05);
    CHECK(budget.max_keys == 9);
    CHECK(budget.at_least_per_key == 2);
    CHECK(budget.initial_probability == 0.5);
    CHECK(budget.interval == 30s);
    CHECK_FALSE(budget.across_processes);
    CHECK(sampler.error_rules()[0].adaptive->across_processes);
    CHECK(sampler.otherwise_budget()->events_per_second == 50);
    CHECK(sampler.otherwise_budget()->by == std::vector<std::string>{"http.route"});
    CHECK(sampler.cap()->bytes_per_second == 1e5);
    CHECK(sampler.cap()->across_processes);
    CHECK(problems("{\"sampler\": {\"otherwise\": {\"share\": 2}}}") ==
          "1:14: otherwise has 2 share: it must be above 0 and at most 1\n");
}

TEST_CASE("A file says what is taken out of events as code does", "[config]") {
    const auto file = wl::config::read_config(R"({"redact": {"defaults": false, "remove": ["*.ssn"], "mask": ["phone"],
        "hash": [{"keys": ["user.email", "user.id"], "secret": {"env": "PEPPER"}}],
        "detect": ["emails", "ibans"], "allow": ["csrf_token"]}})");
    REQUIRE(file.problems.empty());
    const wl::Redaction& redact = file.options.redact;
    CHECK(!redact.has_defaults());
    REQUIRE(redact.rules().size() == 5);
    CHECK(redact.rules()[0].pattern == "*.ssn");
    CHECK(redact.rules()[1].action == wl::Redaction::Action::mask);
    CHECK(redact.rules()[3].pattern == "user.id");
    CHECK(static_cast<bool>(redact.rules()[3].secret));
    CHECK(redact.rules()[4].action == wl::Redaction::Action::allow);
    CHECK(redact.detects(wl::Detect::ibans));
    CHECK(!redact.detects(wl::Detect::cards));
    CHECK(wl::config::read_config("{}").options.redact.has_defaults());
    CHECK(problems("{\"redact\": {\"hash\": [{\"keys\": [\"a\"],\n\"secret\": \"hunter2\"}]}}")
              .starts_with("2:1: a secret is not written here"));
    CHECK(problems("{\"redact\": {\"detect\": [\"names\"]}}").starts_with("1:24: \"emails\", \"cards\""));
    CHECK(problems("{\"redact\": {\"mask\": [\"a\", \"\"]}}").starts_with("1:27: Redaction: a pattern"));
}

TEST_CASE("What is wrong with a file is said with its line and column", "[config]") {
    CHECK(problems("{\n  \"sampler\": {\n    \"otherwise\": 1.5\n  }\n}") ==
          "3:5: the probability of otherwise is 1.5: it must be within 0 and 1\n");
    CHECK(
        problems("{\n  \"servise\": {}\n}") ==
        "2:3: \"servise\" is not known here: there may be $schema, service, sampler, redact, dry_run, retain_dropped, "
        "journal, forward\n");
    CHECK(problems("{\"sampler\": {\"rules\": [\n{\"keep\": \"a\", \"when\": {\"failed\": true}},\n"
                   " {\"keep\": \"a\", \"when\": {\"failed\": true}}]}}") ==
          "3:2: there are two sampling rules of the name \"a\"\n");
    CHECK(problems("{\"sampler\": {\"rules\": [{\"sample\": \"x\\\"y\", \"when\": {\"slower_than\": \"5 parsecs\"}}]}}")
              .starts_with("1:52: a duration is expected here"));
    CHECK(problems("{\"sampler\": {\"rules\": [{\"keep\": \"a\",\n\"when\": {\"field\": \"trace_id\", \"==\": 1}}]}}")
              .starts_with("2:1: field(\"trace_id\")"));
    CHECK(problems("{\"sampler\": {\"rules\": [{\"keep\": \"a\", \"when\": {\"field\": \"x\",\n\"in\": []}}]}}")
              .starts_with("2:1: field(\"x\").in({}): the list is empty"));
    CHECK(problems("{\"sampler\": {\"rules\": [{\"keep\": \"a\"}]}}") == "1:24: \"when\" is missing\n");
    CHECK(problems("{\"sampler\": {\"rules\": [{\"drop_errors\": \"a\"}]}}") == "1:24: \"when\" is missing\n");
    CHECK(problems("{\"journal\": {}, \"dry_run\": 1,\n \"service\": []}") ==
          "2:2: an object is expected here\n1:17: true or false is expected here\n1:2: \"directory\" is missing\n");
    CHECK(problems("{\"retain_dropped\": {\"bytes\": 1,\n\"seconds\": 0}}") ==
          "1:2: seconds must be more than 0 and at most 3600\n");
    CHECK(problems("{\"retain_dropped\": {}}") == "1:2: \"bytes\" is missing\n");
    CHECK(problems("{\n\"a\": ]").starts_with("2:6: this is no JSON: syntax error"));
    CHECK(problems("").starts_with("1:1: this is no JSON"));
    CHECK(problems("[]") == "1:1: an object is expected here\n");
}

TEST_CASE("What a file says and probably does not mean is advised on, with line and column", "[config]") {
    const auto advice = [](std::string_view text) {
        const auto file = wl::config::read_config(text);
        REQUIRE(file.problems.empty());
        std::string all;
        for (const auto& [position, sentence] : file.advice)
            all += std::to_string(position.line) + ":" + std::to_string(position.column) + ": " + sentence + "\n";
        return all;
    };
    const auto of_condition = [&](const std::string& condition) {
        return advice("{\"sampler\": {\"rules\": [{\"keep\": \"a\",\n\"when\": " + condition + "}]}}");
    };
    CHECK(of_condition(R"({"field": "http.response.status_code", ">=": 500})")
              .starts_with("2:1: \"http.response.status"));
    CHECK_FALSE(of_condition(R"({"!": {"&&": [{"first_of": ["a", "grpc.code"], "in": [1, "2"]}]}})").empty());
    CHECK(of_condition(R"({"field": "http.response.status_code", "number": true, ">=": 500})").empty());
    CHECK(of_condition(R"({"field": "http.response.status_code", "==": "503"})").empty());
    CHECK(of_condition(R"({"field": "cart.items", ">=": 500})").empty());
    CHECK(of_condition(R"({"||": [{"failed": true}, {"upstream_sampled": true}]})").find("ot=th:") !=
          std::string::npos);
    CHECK(advice("{}").empty());
}

TEST_CASE("No file crashes the reader: each prefix of one, each byte of one changed, and one nested deep", "[config]") {
    const std::string good =
        R"({"sampler":{"rules":[{"adaptive":"é","when":{"||":[{"field":"a\"","in":[1,-2,1.5e3,true,"x"]}]},"by":["b"],"events_per_second":5}],"dry":[]}})";
    REQUIRE(problems(good).empty());
    for (std::size_t length = 0; length < good.size(); ++length) CHECK_FALSE(problems(good.substr(0, length)).empty());
    for (std::size_t at = 0; at < good.size(); ++at)
        for (const char c : {'"', '{', ']', '\\', '0', '\xff', '\0'}) {
            std::string changed = good;
            changed[at] = c;
            static_cast<void>(problems(changed));
        }
    std::string deep = R"({"sampler":{"rules":[{"keep":"a","when":)";
    for (int i = 0; i < 100'000; ++i) deep += R"({"!":)";
    CHECK_FALSE(problems(deep).empty());
    deep += "{\"failed\":true}" + std::string(100'000, '}') + "}]}}";
    const std::string refused = problems(deep);
    CHECK(refused.find("nested too deep") != std::string::npos);
    CHECK_FALSE(refused.starts_with("1:1:"));
}

TEST_CASE("load gives the file's options or throws with path, line and column", "[config]") {
    const wl::testing_journal::TemporaryDirectory directory;
    const std::string path = directory.path("wideline.json");
    std::ofstream(path) << R"({"service": {"name": "a"}, "sampler": {"otherwise": 0.5}})";
    CHECK(wl::load(path).service.name == "a");
    CHECK(wl::load(path).sampler.otherwise_probability() == 0.5);
    std::ofstream(path) << "{\"sampler\":\n {\"otherwise\": -1}}";
    CHECK_THROWS_WITH(wl::load(path),
                      "wideline: " + path + ":2:3: the probability of otherwise is -1: it must be within 0 and 1");
    CHECK_THROWS_AS(wl::load(directory.path("none.json")), std::system_error);
}

TEST_CASE("A watched file's rules are used when it changes, and one that is broken leaves those that are", "[config]") {
    const wl::testing_journal::TemporaryDirectory directory;
    const std::string path = directory.path("wideline.json");
    const auto write = [&](const std::string& otherwise) {
        std::ofstream(path) << R"({"sampler": {"otherwise": )" << otherwise << "}}";
    };
    write("1");
    wl::Recorder recorder({.sinks = {wl::callback_sink([](const wl::Batch&) {})}, .watch = path});
    const auto wait_until = [&](const auto& holds) {
        for (int i = 0; i < 1000 && !holds(recorder.stats()); ++i) std::this_thread::sleep_for(20ms);
        return holds(recorder.stats());
    };
    const auto request = [&] { wl::Request one("r", recorder); };
    request();
    write("broken");
    CHECK(wait_until([](const wl::Stats& stats) { return stats.reload_errors == 1; }));
    CHECK(recorder.stats().last_error.find("wideline.json:1:") != std::string::npos);
    request();
    CHECK(recorder.stats().kept == 2);
    write("0");
    CHECK(wait_until([&](const wl::Stats& stats) {
        request();
        return stats.sampled_away > 0;
    }));
    CHECK(recorder.stats().reload_errors == 1);
}

TEST_CASE("The schema is the one in docs/, and knows each key that files may have", "[config]") {
    const std::string text = text_of(WIDELINE_SOURCE_DIR "/docs/config.schema.json");
    REQUIRE(text == wl::config::config_schema());
    const auto schema = nlohmann::json::parse(text);
    const std::string words = schema.dump();
    for (const char* const file : {"config/json_section", "config/sampler_section", "config/redact_section",
                                   "config/config_file", "forward/forward_config", "forward/target_section",
                                   "forward/backends/clickhouse", "forward/backends/ndjson"}) {
        // Every `allow({"a", "b"})` of the reader.
        const std::string source = text_of(std::string(WIDELINE_SOURCE_DIR "/src/") + file + ".cpp");
        for (std::size_t at = source.find("allow({"); at != std::string::npos; at = source.find("allow({", at + 1)) {
            const std::size_t end = source.find("})", at);
            for (std::size_t quote = source.find('"', at); quote < end;) {
                const std::size_t close = source.find('"', quote + 1);
                const std::string key = source.substr(quote + 1, close - quote - 1);
                INFO(key);
                CHECK(words.find('"' + key + '"') != std::string::npos);
                quote = source.find('"', close + 1);
            }
        }
    }
}
