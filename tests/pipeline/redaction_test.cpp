// Secrets planted wherever a service can write a text, and all that leaves the recorder searched for them.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <wideline/wideline.hpp>

#include "catch.hpp"
#include "encoding/json_string.hpp"
#include "journal/recovery.hpp"
#include "journal/test_batch.hpp"
#include "platform/clock.hpp"
#include "platform/file_system.hpp"
#include "request/recorded_events.hpp"

using namespace std::chrono_literals;
using namespace wideline;
using Json = nlohmann::json;
using request_test::RecordedEvents;

namespace {

const std::string kJwt = std::string("eyJhbGciOiJIUzI1NiJ9") + ".eyJzdWIiOiIxMjM0In0" + ".dozjgNryP4J3jVmNHl0w5N";
const std::string kPem = std::string("-----BEGIN PRIV") + "ATE KEY-----\nMIIEvQIBADAN\n-----END PRIVATE KEY-----";

/// What must be nowhere. Each is found by what it is, wherever it stands.
const std::vector<std::string> kSecrets = {"see https://shop.example/?token=plantedparameter1&a=b",
                                           "postgres://app:plantedpassword2@db/shop",
                                           kJwt,
                                           "Authorization: Bearer plantedbearer3",
                                           std::string("AKIA") + "PLANTEDKEY440000",
                                           std::string("ghp") + "_planted5planted5planted5planted5plan",
                                           kPem,
                                           "planted6@example.com",
                                           "4111 1111 1111 1111",
                                           "DE89 3704 0044 0532 0130 00"};
/// And what of them would give them away.
const std::vector<std::string> kTraces = {"plantedparameter1", "plantedpassword2", "dozjgNryP4J3jVmNHl0w5N",
                                          "plantedbearer3",    "PLANTEDKEY440000", "planted5planted5",
                                          "MIIEvQIBADAN",      "planted6",         "4111 1111",
                                          "3704 0044",         "plantedname"};

void check_clean(const std::string& bytes) {
    for (const std::string& trace : kTraces) {
        INFO(trace << " in " << bytes.substr(0, 2000));
        CHECK(bytes.find(trace) == std::string::npos);
    }
}

Redaction everything() { return Redaction{}.detect({Detect::emails, Detect::cards, Detect::tokens, Detect::ibans}); }

void plant(const Recorder& recorder, const std::string& secret, const std::string& name) {
    Request request{name, recorder};
    Event& event = request.event();
    event.set("field", secret);
    event.set("around", "before " + secret + " after \"quoted\"\t");
    event.set("list", std::vector<std::string>{"a", secret});
    event.set("object", Json{{"deep", {{"text", secret}, {"list", {1, secret}}}}, {secret, 1}});
    event.append("appended", secret);
    event.append("appended", "b");
    event.note("note " + secret);
    event.set(runtime(secret.substr(0, 100)), 1);
    event.set("password", "plantedname");
    event.set("login", Json{{"user", "x"}, {"apiKey", "plantedname"}});
    event.set("http.request.header.cookie", std::vector<std::string>{"plantedname"});
    event.set("token.count", 7);
    event.set("retry_token", 8);
    const std::string call_name = "call " + secret.substr(0, 100);
    { const Call call{runtime(call_name), event}; }
    event.fail({.type = secret, .message = secret, .why = secret, .fix = secret, .link = secret});
}

std::string all_bytes_in(const std::string& directory) {
    std::string bytes;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
        if (!entry.is_regular_file()) continue;
        std::ifstream in(entry.path(), std::ios::binary);
        bytes.append(std::istreambuf_iterator<char>(in), {});
        bytes += entry.path().filename().string();
    }
    return bytes;
}

/// The lines of all segments, by the reader that any other program is.
std::string lines_in(const std::string& directory) {
    testing_journal::TemporaryDirectory out;
    const std::string lines = out.path("lines");
    REQUIRE(std::system(("cat '" + directory + "'/*.zst | zstd -dcq >'" + lines + "' 2>/dev/null").c_str()) >= 0);
    std::ifstream in(lines, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("No secret reaches a line, an index, a metric or a total, wherever a service writes it") {
    const testing_journal::TemporaryDirectory directory;
    std::string lines;
    std::string metrics;
    Stats stats;
    {
        Recorder recorder{Options{.service = {.name = "shop", .version = kSecrets[0], .instance = "here"},
                                  .sinks = {journal(directory.path("logs")), callback_sink([&](const Batch& batch) {
                                                lines += batch.json_lines();
                                                if (const auto told = batch.totals())
                                                    for (const RequestTotals& totals : *told) lines += totals.name;
                                            })},
                                  .redact = everything(),
                                  .defaults = {{"planted.default", kSecrets[1]}, {"db_password", "plantedname"}},
                                  .enrich = [](Event& event) { event.set("enriched", kSecrets[3]); }}};
        for (const std::string& secret : kSecrets) plant(recorder, secret, "GET " + secret.substr(0, 120));
        REQUIRE(recorder.flush(60s));
        metrics = recorder.metrics();
        stats = recorder.stats();
    }
    check_clean(lines);
    check_clean(metrics);
    check_clean(all_bytes_in(directory.path("logs")));
    const std::string written = lines_in(directory.path("logs"));
    REQUIRE(written.find("GET ") != std::string::npos);
    check_clean(written);
    std::uint64_t sum = 0;
    for (const auto& [rule, values] : stats.redacted_by_rule) sum += values;
    CHECK(sum == stats.redacted);
    CHECK(stats.redacted > 100);
    CHECK(metrics.find("wideline_redacted_values_total{rule=\"tokens\"}") != std::string::npos);
}

TEST_CASE("What is no secret is written as it is, and an event says how many values were taken") {
    RecordedEvents log({.redact = Redaction{}.allow("csrf_token.present")});
    {
        Request request{"GET /cart", log.recorder()};
        request.event().set("password", "x");
        request.event().set("token.count", 7);
        request.event().set("auth_token", 8);
        request.event().set("cookie", true);
        request.event().set("csrf_token.present", "yes");
        request.event().set("url.full", "https://shop.example/?a=1&token=x");
        request.event().set("object", Json{{"secret", "x"}, {"b", "\n"}});
    }
    { Request request{"plain", log.recorder()}; }
    const Json event = log.event("GET /cart");
    CHECK(!event.contains("password"));
    CHECK(event.at("token.count") == 7);
    CHECK(event.at("auth_token") == 8);
    CHECK(event.at("cookie") == true);
    CHECK(event.at("csrf_token.present") == "yes");
    CHECK(event.at("url.full") == "https://shop.example/?a=1&token=***");
    CHECK(event.at("object") == Json{{"b", "\n"}});
    CHECK(event.at("wideline.redacted") == 3);
    CHECK(!log.event("plain").contains("wideline.redacted"));
    const Stats stats = log.stats();
    std::map<std::string, std::uint64_t> by_rule;
    for (const auto& [rule, values] : stats.redacted_by_rule) by_rule[rule] = values;
    CHECK(by_rule == std::map<std::string, std::uint64_t>{{"defaults", 2}, {"urls", 1}});
}

TEST_CASE("Patterns remove, mask and hash every kind of value, and the first one decides") {
    RecordedEvents log({.redact = Redaction{}
                                      .remove("*.ssn")
                                      .mask("user.phone")
                                      .hash("user.*", secret("pepper"))
                                      .remove("error.why")
                                      .mask("visits")});
    {
        Request request{"r", log.recorder()};
        request.event().set("user.ssn", 123);
        request.event().set("user.phone", "+49 170 1234567");
        request.event().set("user.email", "ann@example.com");
        request.event().set("user.emails", std::vector<std::string>{"ann@example.com"});
        request.event().add("visits", 3);
        request.event().add("visits", 4);
        request.event().fail({.type = "t", .message = "m", .why = "because"});
    }
    const Json event = log.event();
    CHECK(!event.contains("user.ssn"));
    CHECK(event.at("user.phone") == "***4567");
    CHECK(event.at("user.email").get<std::string>().starts_with("h:"));
    CHECK(event.at("user.email").get<std::string>().size() == 34);
    CHECK(event.at("user.emails") == Json{event.at("user.email")});
    CHECK(event.at("visits") == "***");
    CHECK(!event.contains("error.why"));
    CHECK(event.at("error.message") == "m");
    CHECK(event.at("wideline.redacted") == 6);
}

TEST_CASE("Redaction::none writes everything, and rules see true values") {
    RecordedEvents open({.redact = Redaction::none()});
    {
        Request request{"r", open.recorder()};
        request.event().set("password", kJwt);
    }
    CHECK(open.event().at("password") == kJwt);

    RecordedEvents log({.sampler = TailSampler{}.keep("known", field("password") == "letmein").otherwise(0)});
    {
        Request request{"r", log.recorder()};
        request.event().set("password", "letmein");
    }
    CHECK(log.event().at("sample_rule") == "known");
    CHECK(!log.event().contains("password"));
}

TEST_CASE("A changed file changes what is taken, and one that is wrong changes nothing") {
    const testing_journal::TemporaryDirectory directory;
    const std::string path = directory.path("wideline.json");
    const auto write = [&](const std::string& text) { std::ofstream(path) << text; };
    write("{}");
    RecordedEvents log({.watch = path});
    const auto log_until = [&](auto done) {
        for (int i = 0; i < 600; ++i) {
            {
                Request request{"r", log.recorder()};
                request.event().set("city", "Berlin");
                request.event().set("token", "x");
            }
            const Json event = log.events().back();
            if (done(event)) return true;
            std::this_thread::sleep_for(20ms);
        }
        return false;
    };
    CHECK(log_until([](const Json& event) { return event.contains("city") && !event.contains("token"); }));
    write(R"({"redact": {"defaults": false, "remove": ["city"]}})");
    CHECK(log_until([](const Json& event) { return !event.contains("city") && event.contains("token"); }));
    write(R"({"redact": {"hash": [{"keys": ["city"], "secret": {"env": "WIDELINE_NO_SUCH_SECRET"}}]}})");
    CHECK(log_until([&](const Json& event) {
        CHECK(!event.contains("city"));
        return log.stats().reload_errors == 1;
    }));
}

TEST_CASE(
    "What a killed process leaves is redacted by its rules, by the next start and by a recovery without secrets") {
    for (const bool has_secret : {true, false}) {
        const testing_journal::TemporaryDirectory directory;
        const std::string logs = directory.path("logs");
        const Redaction redaction = everything().hash("user.id", secret("pepper")).remove("inner.**");
        const auto options = [&](const Redaction& redact) {
            return Options{.service = {.name = "shop", .instance = "here"},
                           .sinks = {journal(logs)},
                           .redact = redact,
                           .flush_interval = 1h};
        };
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            auto* const recorder = new Recorder{options(redaction)};
            for (const std::string& secret : kSecrets) plant(*recorder, secret, "ended");
            auto* const open = new Request{"open", *recorder};
            open->event().set("user.id", "ann");
            open->event().set("inner.a", "plantedname");
            open->event().set("session_token", "plantedname");
            ::kill(::getpid(), SIGKILL);
        }
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        if (has_secret) {
            Recorder next{options(redaction)};
            CHECK(next.stats().recovered_events == kSecrets.size() + 1);
        } else {
            const auto recovery =
                journal_files::recover_arenas(logs, {}, platform::FileSystem::real(), platform::Clock::real());
            CHECK(recovery.finished + recovery.crashed == kSecrets.size() + 1);
            CHECK(recovery.not_hashed == 1);
        }
        const std::string lines = lines_in(logs);
        check_clean(lines);
        check_clean(all_bytes_in(logs));
        CHECK(lines.find("\"ended\"") != std::string::npos);
        CHECK((lines.find("\"user.id\":\"h:") != std::string::npos) == has_secret);
        CHECK(lines.find("\"user.id\":\"ann\"") == std::string::npos);
    }
}
