// Metrics: what a scrape reads, by a small reader of OpenMetrics that takes nothing on trust.
#include <atomic>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "catch.hpp"
#include "pipeline/duration_bounds.hpp"
#include "wideline/wideline.hpp"

namespace wl = wideline;
using namespace std::chrono_literals;

namespace {

using Labels = std::map<std::string, std::string>;

struct Sample {
    double value = 0;
    std::optional<std::string> trace_id;  // of its exemplar
    double exemplar = 0;
    double exemplar_time = 0;
};

/// Reads the text to its end, and requires of it what the specification does.
class Scrape {
public:
    explicit Scrape(const std::string& text) {
        REQUIRE(text.size() >= 6);
        REQUIRE(text.substr(text.size() - 6) == "# EOF\n");
        std::istringstream lines(text.substr(0, text.size() - 6));
        for (std::string line; std::getline(lines, line);) {
            CAPTURE(line);
            if (line.rfind("# TYPE ", 0) == 0)
                begin_family(line.substr(7));
            else if (line.rfind("# ", 0) == 0)
                REQUIRE((line.rfind("# HELP " + family_ + " ", 0) == 0 || line == "# UNIT " + family_ + " seconds"));
            else
                take_sample(line);
        }
    }

    [[nodiscard]] const Sample& at(const std::string& name, const Labels& labels = {}) const {
        INFO(name << ' ' << nlohmann::json(labels).dump());
        REQUIRE(samples_.contains({name, labels}));
        return samples_.at({name, labels});
    }
    [[nodiscard]] const std::map<std::pair<std::string, Labels>, Sample>& samples() const { return samples_; }

private:
    void begin_family(const std::string& name_and_type) {
        std::istringstream words(name_and_type);
        words >> family_ >> type_;
        REQUIRE(families_.insert(family_).second);  // once, all of it in one place
        REQUIRE((type_ == "counter" || type_ == "gauge" || type_ == "histogram"));
    }

    void take_sample(std::string_view rest) {
        const std::string name = std::string(until(rest, rest.find_first_of("{ ")));
        const std::string suffix = name.substr(std::min(family_.size(), name.size()));
        REQUIRE(name.rfind(family_, 0) == 0);
        if (type_ == "counter") REQUIRE(suffix == "_total");
        if (type_ == "gauge") REQUIRE(suffix.empty());
        if (type_ == "histogram") REQUIRE((suffix == "_bucket" || suffix == "_count" || suffix == "_sum"));
        const Labels labels = take_labels(rest);
        Sample sample;
        sample.value = take_number(rest);
        if (!rest.empty()) {
            REQUIRE(suffix == "_bucket");
            REQUIRE(rest.substr(0, 3) == " # ");
            rest.remove_prefix(3);
            const Labels of_exemplar = take_labels(rest);
            REQUIRE(of_exemplar.size() == 1);
            sample.trace_id = of_exemplar.at("trace_id");
            sample.exemplar = take_number(rest);
            sample.exemplar_time = take_number(rest);
        }
        REQUIRE(rest.empty());
        REQUIRE(samples_.emplace(std::pair{name, labels}, sample).second);
    }

    static std::string_view until(std::string_view& rest, std::size_t end) {
        REQUIRE(end <= rest.size());
        const std::string_view taken = rest.substr(0, end);
        rest.remove_prefix(end);
        return taken;
    }
    static Labels take_labels(std::string_view& rest) {
        Labels labels;
        if (rest.empty() || rest.front() != '{') return labels;
        do {
            rest.remove_prefix(1);
            const std::string key(until(rest, rest.find("=\"")));
            rest.remove_prefix(2);
            std::string value;
            for (; !rest.empty() && rest.front() != '"'; rest.remove_prefix(1)) {
                if (rest.front() == '\\') {
                    rest.remove_prefix(1);
                    REQUIRE((rest.front() == 'n' || rest.front() == '"' || rest.front() == '\\'));
                    value += rest.front() == 'n' ? '\n' : rest.front();
                } else {
                    value += rest.front();
                }
            }
            REQUIRE(labels.emplace(key, value).second);
            REQUIRE(rest.size() >= 2);
            rest.remove_prefix(1);
        } while (rest.front() == ',');
        REQUIRE(rest.front() == '}');
        rest.remove_prefix(1);
        return labels;
    }
    static double take_number(std::string_view& rest) {
        if (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
        const std::string number(until(rest, std::min(rest.find(' '), rest.size())));
        std::size_t read = 0;
        const double value = std::stod(number, &read);
        REQUIRE(read == number.size());
        return value;
    }

    std::string family_;
    std::string type_;
    std::set<std::string> families_;
    std::map<std::pair<std::string, Labels>, Sample> samples_;
};

double bound_of(const std::string& le) {
    return le == "+Inf" ? std::numeric_limits<double>::infinity() : std::stod(le);
}

/// By the bound, in order, the histogram of a name.
std::map<double, Sample> durations_of(const Scrape& scrape, const std::string& name) {
    std::map<double, Sample> buckets;
    for (const auto& [series, sample] : scrape.samples())
        if (series.first == "wideline_request_duration_seconds_bucket" && series.second.at("name") == name)
            buckets[bound_of(series.second.at("le"))] = sample;
    return buckets;
}

}  // namespace

TEST_CASE("Metrics are what a plain count says, over many threads, those that were sampled away too") {
    constexpr int kThreads = 4;
    constexpr int kRequests = 2000;
    wl::Recorder recorder{{.sampler = wl::TailSampler{}.errors(0.5).drop("all of b", wl::name() == "b").otherwise(0.01),
                           .sinks = {wl::callback_sink([](const wl::Batch&) {})}}};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < kThreads; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < kRequests; ++i) {
                    wl::Request request{i % 4 == 0 ? "a" : "b", recorder};
                    if (i % 10 == 0) wl::fail({.type = "t"});
                    if (i % 100 == 1) request.discard();
                }
            });
    }
    REQUIRE(recorder.flush(60s));
    const Scrape scrape(recorder.metrics());
    const auto requests = [&](const char* name) {
        return scrape.at("wideline_requests_total", {{"name", name}}).value;
    };
    const auto errors = [&](const char* name) {
        return scrape.at("wideline_request_errors_total", {{"name", name}}).value;
    };
    CHECK(requests("a") == kThreads * 500);
    CHECK(requests("b") == kThreads * (1500 - 20));
    CHECK(errors("a") == kThreads * 100);
    CHECK(errors("b") == kThreads * 100);
    for (const char* const name : {"a", "b"}) {
        const auto buckets = durations_of(scrape, name);
        CHECK(buckets.size() == 20);
        double before = 0;
        for (const auto& [bound, sample] : buckets) {
            CHECK(sample.value >= before);
            before = sample.value;
        }
        CHECK(before == requests(name));
        CHECK(scrape.at("wideline_request_duration_seconds_count", {{"name", name}}).value == before);
        CHECK(scrape.at("wideline_request_duration_seconds_sum", {{"name", name}}).value > 0);
    }
    const wl::Stats stats = recorder.stats();
    CHECK(scrape.at("wideline_requests_started_total").value == static_cast<double>(stats.started));
    CHECK(scrape.at("wideline_requests_discarded_total").value == kThreads * 20);
    CHECK(scrape.at("wideline_events_kept_total").value == static_cast<double>(stats.kept));
    CHECK(scrape.at("wideline_events_delivered_total").value == static_cast<double>(stats.kept));
    double away = 0;
    for (const auto& [rule, count] : stats.sampled_away_by_rule) {
        CHECK(scrape.at("wideline_events_sampled_away_total", {{"rule", rule}}).value == static_cast<double>(count));
        away += static_cast<double>(count);
    }
    CHECK(away == static_cast<double>(stats.sampled_away));
}

TEST_CASE("An exemplar is an event that was delivered, of the bucket's name, with a duration of the bucket") {
    std::vector<std::string> lines;
    wl::Recorder recorder{{.sampler = wl::TailSampler{}.otherwise(0.3), .sinks = {wl::memory_sink(&lines)}}};
    for (int i = 0; i < 400; ++i) {
        wl::Request request{i % 2 == 0 ? "even" : "odd", recorder};
        if (i % 10 == 0) std::this_thread::sleep_for(300us);
    }
    REQUIRE(recorder.flush(60s));
    const Scrape scrape(recorder.metrics());
    std::map<std::string, nlohmann::json> by_trace;
    for (const std::string& line : lines) {
        auto event = nlohmann::json::parse(line);
        const std::string trace = event.at("trace_id");
        by_trace[trace] = std::move(event);
    }
    for (const std::string name : {"even", "odd"}) {
        std::size_t exemplars = 0;
        double below = 0;
        for (const auto& [bound, sample] : durations_of(scrape, name)) {
            if (sample.trace_id) {
                ++exemplars;
                REQUIRE(by_trace.contains(*sample.trace_id));
                const nlohmann::json& event = by_trace.at(*sample.trace_id);
                CHECK(event.at("name") == name);
                CHECK(sample.exemplar == Approx(event.at("duration_ms").get<double>() / 1000));
                CHECK(sample.exemplar > below);
                CHECK(sample.exemplar <= bound);
                CHECK(sample.exemplar_time > 1.7e9);
            }
            below = bound;
        }
        CHECK(exemplars >= 1);
    }
}

TEST_CASE("Of events that no sink took there is no exemplar, and their loss is counted by its reason") {
    wl::Recorder recorder{
        {.sinks = {wl::callback_sink([](const wl::Batch&) { throw std::runtime_error("the sink is full"); })}}};
    for (int i = 0; i < 7; ++i) wl::Request{"request", recorder}.finish();
    REQUIRE(recorder.flush(60s));
    const Scrape scrape(recorder.metrics());
    CHECK(scrape.at("wideline_requests_total", {{"name", "request"}}).value == 7);
    CHECK(scrape.at("wideline_events_lost_total", {{"reason", "sink_failed"}}).value == 7);
    CHECK(scrape.at("wideline_events_lost_total", {{"reason", "queue_full"}}).value == 0);
    for (const auto& [series, sample] : scrape.samples()) CHECK_FALSE(sample.trace_id);
}

TEST_CASE("Any name is a label that reads back, and two that look the same are one series") {
    wl::Recorder recorder{{.sinks = {wl::callback_sink([](const wl::Batch&) {})}}};
    const std::string odd = "GET \"/a\\b\"\nline {x=\"y\",} ünï # ";
    for (const std::string& name : {odd, std::string(), std::string("\xff"), std::string("\xfe")})
        wl::Request{name, recorder}.finish();
    REQUIRE(recorder.flush(60s));
    const Scrape scrape(recorder.metrics());
    CHECK(scrape.at("wideline_requests_total", {{"name", odd}}).value == 1);
    CHECK(scrape.at("wideline_requests_total", {{"name", ""}}).value == 1);
    CHECK(scrape.at("wideline_requests_total", {{"name", "\xEF\xBF\xBD"}}).value == 2);
    CHECK(durations_of(scrape, "\xEF\xBF\xBD").at(bound_of("+Inf")).value == 2);
}

TEST_CASE("Past 256 names, metrics have one series more for all others") {
    wl::Recorder recorder{
        {.sampler = wl::TailSampler{}.otherwise(0), .sinks = {wl::callback_sink([](const wl::Batch&) {})}}};
    for (int i = 0; i < 300; ++i) wl::Request{"name " + std::to_string(i), recorder}.finish();
    const Scrape scrape(recorder.metrics());
    CHECK(scrape.at("wideline_requests_total", {{"name", "(further names)"}}).value == 44);
    std::size_t series = 0;
    for (const auto& [key, sample] : scrape.samples()) series += key.first == "wideline_requests_total" ? 1 : 0;
    CHECK(series == 257);
}

TEST_CASE("Metrics may be read on any threads while requests run, and no counter goes down") {
    wl::Recorder recorder{{.sinks = {wl::callback_sink([](const wl::Batch&) {})}, .flush_interval = 1ms}};
    std::atomic<bool> done = false;
    std::vector<std::string> first(2);
    std::vector<std::string> last(2);
    {
        std::vector<std::jthread> readers;
        for (std::size_t r = 0; r < 2; ++r)
            readers.emplace_back([&, r] {
                while (first[r].empty() || !done) {
                    last[r] = recorder.metrics();
                    if (first[r].empty()) first[r] = last[r];
                }
                last[r] = recorder.metrics();
            });
        std::vector<std::jthread> writers;
        for (int t = 0; t < 3; ++t)
            writers.emplace_back([&, t] {
                for (int i = 0; i < 1000; ++i) wl::Request{"name " + std::to_string(i % (5 + t)), recorder}.finish();
            });
        writers.clear();
        done = true;
    }
    for (std::size_t r = 0; r < 2; ++r) {
        const Scrape before(first[r]);
        const Scrape after(last[r]);
        for (const auto& [series, sample] : before.samples())
            if (series.first.find("_total") != std::string::npos || series.first.find("_bucket") != std::string::npos)
                CHECK(after.at(series.first, series.second).value >= sample.value);
        CHECK(after.at("wideline_requests_started_total").value == 3000);
    }
}

TEST_CASE("A moved-from recorder has empty metrics that a scrape accepts") {
    wl::Recorder recorder{{.sinks = {wl::callback_sink([](const wl::Batch&) {})}}};
    wl::Recorder other = std::move(recorder);
    CHECK(Scrape(recorder.metrics()).samples().empty());  // NOLINT: what a moved-from one does is promised
}

TEST_CASE("A duration counts under its bound, or, within 0.8 percent of one, on its other side") {
    using wl::pipeline::duration_bound;
    std::mt19937_64 random(3);
    std::uniform_real_distribution<double> exponents(0, 12);
    for (int i = 0; i < 20'000; ++i) {
        const double ns = std::floor(std::pow(10, exponents(random)));
        const std::size_t bound =
            wl::pipeline::duration_bound_of_bucket(wl::detail::duration_bucket(static_cast<std::int64_t>(ns)));
        CHECK(bound >= duration_bound(ns * 0.992));
        CHECK(bound <= duration_bound(ns * 1.008));
    }
}
