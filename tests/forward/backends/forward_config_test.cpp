#include "forward/forward_config.hpp"

#include <wideline/options.hpp>

#include "catch.hpp"
#include "journal/test_batch.hpp"

using namespace wideline;
using namespace std::chrono_literals;

namespace {

std::string problems(std::string_view text) {
    std::string all;
    for (const auto& [position, sentence] : delivery::read_forward_config(text).problems)
        all += std::to_string(position.line) + ":" + std::to_string(position.column) + ": " + sentence + "\n";
    return all;
}

std::string with_target(const std::string& target) {
    return "{\"forward\": [{\"name\": \"a\",\n\"to\": " + target + "}]}";
}

}  // namespace

TEST_CASE("A file says of forwards what the code can say, and the recorder's configuration lets it pass") {
    const std::string text = R"({"journal": {"directory": "logs"}, "forward": [{
        "name": "orders", "where": ["user.plan=enterprise"], "delay": "2s", "start": "now", "enabled": true,
        "to": [{"clickhouse": {"name": "eu", "url": "https://ch.eu:8443", "database": "logs", "table": "events",
                               "user": "writer", "password": {"env": "CH_EU"}, "settings": {"max_insert_threads": 2},
                               "dots": "_", "omit": ["a*"], "tls": {"ca": "c.pem", "verify": true}, "proxy": "",
                               "compression": "zstd", "limits": {"bytes": 100000}, "plain": false}},
               {"http": {"url": "https://logs.example", "format": "ndjson", "headers": {"X-Team": "shop"},
                         "token": {"file": "/run/secrets/t"}}}],
        "retry": {"initial_interval": "2s", "backoff_coefficient": 3, "maximum_interval": "5min", "jitter": 0.1,
                  "maximum_attempts": 7, "maximum_age": "1h", "not_retried": ["busy"], "connect_timeout": "1s",
                  "request_timeout": "9s"},
        "pack": {"bytes": 2048, "events": 10, "linger": "100ms"},
        "dead_letters": {"retain_bytes": 5, "retain_age": "1d", "in_a_row": 3},
        "replay_window": "2h", "in_order": true, "in_flight": 2}]})";
    const delivery::ForwardConfig found = delivery::read_forward_config(text);
    REQUIRE(problems(text) == "");
    CHECK(found.journal == "logs");
    const Forward& forward = found.options.forwards.at(0);
    CHECK(forward.name == "orders");
    CHECK(forward.where == std::vector<std::string>{"user.plan=enterprise"});
    CHECK(forward.delay == 2s);
    CHECK(forward.to.at(0)->description().name == "eu");
    CHECK(forward.to.at(1)->description().name == "http");
    CHECK(forward.retry.initial_interval == 2s);
    CHECK(forward.retry.backoff_coefficient == 3);
    CHECK(forward.retry.maximum_interval == 5min);
    CHECK(forward.retry.maximum_attempts == 7);
    CHECK(forward.retry.request_timeout == 9s);
    CHECK(forward.pack->linger == 100ms);
    CHECK(forward.dead_letters.in_a_row == 3);
    CHECK(forward.replay_window == 2h);
    CHECK(forward.in_flight == 2);

    testing_journal::TemporaryDirectory directory;
    testing_journal::write_file(directory.path("c.json"), text);
    CHECK(load(directory.path("c.json")).sinks.size() == 1);
    CHECK(load_forward(directory.path("c.json")).forwards.size() == 1);
}

TEST_CASE("What is wrong with a forward is said with its line and column") {
    const std::string good = R"({"http": {"url": "https://a.example"}})";
    CHECK(problems("{\"forward\": [\n {\"name\": \"a\"}]}") == "2:2: \"to\" is missing\n");
    CHECK(problems("{\"forward\": [{\"name\": \"a\", \"to\": " + good + ",\n\"too\": 1}]}")
              .starts_with("2:1: \"too\" is not known"));
    CHECK(
        problems("{\"forward\": [{\n\"name\": \"A\", \"to\": " + good + "}]}").starts_with("2:1: \"A\" is not a name"));
    CHECK(problems("{\"forward\": [{\"name\": \"a\", \"to\": " + good + "},\n{\"name\": \"a\", \"to\": " + good +
                   "}]}") == "2:2: two forwards have the name \"a\"\n");
    CHECK(problems(with_target("[" + good + ", " + good + "]")) == "2:1: two targets have the name \"http\"\n");
    CHECK(problems(with_target(R"({"carrier_pigeon": {}})")) == "2:8: \"carrier_pigeon\" is not a backend\n");
    CHECK(problems(with_target(R"({"http": {"url": "https://a.example", "token": "abc"}})"))
              .starts_with("2:45: a credential does not stand in the file"));
    CHECK(problems(with_target(R"({"http": {"url": "https://u:p@a.example"}})"))
              .find("credentials do not stand in the url") != std::string::npos);
    CHECK(problems(with_target(R"({"http": {"url": "https://a.example", "headers": {"Authorization": "x"}}})"))
              .find("a credential does not stand in the file") != std::string::npos);
    CHECK(problems("{\"forward\": [{\"name\": \"a\", \"to\": " + good + ",\n\"where\": [\"a~(\"]}]}")
              .starts_with("2:1: "));
    CHECK(problems("{\"forward\": [{\"name\": \"a\", \"to\": " + good + ",\n\"retry\": {\"jitter\": 2}}]}") ==
          "2:1: jitter must be from 0 to 1\n");
    CHECK(problems("{\"forward\": {}}") == "1:2: an array is expected here\n");
    CHECK(problems("{\"forward\"").ends_with("this is not JSON\n"));
}
