// A user's program, written from the public surface alone: it includes wideline from where it was installed, links it,
// and looks at what it logged.
#include <wideline/testing.hpp>
#include <wideline/wideline.hpp>

#include <cstdio>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
namespace wl = wideline;

namespace shop {

enum class Plan { free, enterprise };
std::string_view name_of(Plan plan) { return plan == Plan::free ? "free" : "enterprise"; }

struct User {
    std::string id;
    Plan plan;
};
void describe(wl::FieldWriter& fields, const User& user) {
    fields.set("id", user.id);
    fields.set("plan", user.plan);
}

inline constexpr wl::Field<std::string_view> region{"cloud.region"};
const std::string runbook = "https://runbooks.example/payments";

void checkout(const std::vector<int>& cart, const User& user, bool declined) {
    WIDELINE_REQUEST("checkout");
    wl::set("user", user);
    wl::set("cart.items", cart.size());
    wl::set("cart.prices", cart);
    wl::set("coupon", std::optional<std::string>{});
    wl::set(region, "eu-1");
    wl::set(wl::runtime("http.request.header." + std::string("x-client")), "cli");
    wl::add("db.queries", 1);
    wl::add("db.queries", 2);
    wl::maximum("queue.depth", 7);
    wl::maximum("queue.depth", 3);
    wl::append("feature_flags", "new_checkout");
    wl::note("retrying payment");
    wl::set("timeout", 250ms);
    wl::set("raw", nlohmann::json{{"a", {1, 2}}});
    { auto timing = wl::time("payment"); }
    if (declined)
        wl::fail({.type = "card_declined",
                  .message = "card was declined by the issuer",
                  .why = "insufficient funds",
                  .fix = "ask for another card",
                  .link = runbook});
}

}  // namespace shop

namespace {

int failures = 0;

void expect(bool holds, const char* what) {
    if (holds) return;
    std::printf("wrong: %s\n", what);
    ++failures;
}

void recorder_with_everything(const std::string& directory) {
    std::vector<std::string> lines;
    std::uint64_t batches = 0;
    {
        wl::Recorder recorder = wl::install({
            .service = {.name = "checkout", .version = "1.4.2", .environment = "production"},
            .sampler = wl::TailSampler{}
                           .drop("health", wl::field("http.route") == "/healthz")
                           .keep("slow", wl::slower_than(500ms))
                           .keep("enterprise", wl::field("user.plan") == "enterprise")
                           .sample("search", wl::field("http.route") == "/search" && !wl::failed(), 0.05)
                           .keep("odd", wl::name().starts_with("odd") || wl::field("n").in({1, 2, 3}) ||
                                            wl::when([](const wl::EventView& event) { return event.name() == "rare"; }))
                           .otherwise(0.01),
            .sinks = {wl::journal(directory), wl::memory_sink(&lines),
                      wl::callback_sink([&](const wl::Batch& batch) { batches += batch.events() != 0 ? 1 : 0; })},
            .defaults = {{"cloud.provider", "none"}, {"shard", 7}},
            .enrich = [](wl::Event& event) { event.set("enriched", true); },
            .limits = {.fields = 100},
            .memory = std::size_t{16} << 20,
            .schema_version = 3,
            .dry_run = false,
        });
        shop::checkout({5, 6}, {"u_1", shop::Plan::enterprise}, false);
        shop::checkout({}, {"u_2", shop::Plan::free}, true);
        {
            WIDELINE_REQUEST("health");
            wl::set("http.route", "/healthz");
        }
        wl::Request request{"job", {.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}};
        expect(request.traceparent().starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"), "the trace goes on");
        std::thread worker([handle = request.handle()] {
            wl::Attach attach{handle};
            wl::set("worker.rows", 17);
        });
        worker.join();
        request.discard();
        try {
            wl::run("import", [] { throw std::runtime_error("no such table"); });
            expect(false, "the exception goes on");
        } catch (const std::runtime_error&) {
        }
        expect(recorder.flush(10s), "everything is delivered in time");
        const wl::Stats stats = recorder.stats();
        expect(stats.started == 5 && stats.kept == 3 && stats.sampled_away == 1 && stats.discarded == 1,
               "stats add up");
    }
    expect(lines.size() == 3, "three events are kept");
    expect(batches >= 1, "the callback saw them");
    const auto first = nlohmann::json::parse(lines.at(0));
    expect(first["user.plan"] == "enterprise" && first["sample_rule"] == "enterprise", "an enterprise user is kept");
    expect(first["db.queries"] == 3 && first["queue.depth"] == 7, "sums and maxima");
    expect(first["cart.prices"] == nlohmann::json({5, 6}) && first["raw"]["a"][1] == 2, "arrays and nested values");
    expect(first["coupon"].is_null() && first["timeout"] == 250.0, "empty optionals and durations");
    expect(first["cloud.provider"] == "none" && first["shard"] == 7 && first["enriched"] == true,
           "defaults and enrich");
    expect(first["payment.count"] == 1 && first["notes"][0]["text"] == "retrying payment", "timers and notes");
    const auto second = nlohmann::json::parse(lines.at(1));
    expect(second["outcome"] == "error" && second["error.link"] == shop::runbook, "errors are kept with their reason");
    const auto third = nlohmann::json::parse(lines.at(2));
    expect(third["error.type"] == "std::runtime_error" && third["error.message"] == "no such table", "exceptions too");
    expect(!std::filesystem::is_empty(directory), "there is a segment");
}

void service_under_test() {
    wl::testing::Capture capture;
    shop::checkout({1}, {"u_3", shop::Plan::free}, false);
    const auto events = capture.events();
    expect(events.size() == 1 && events[0]["user.id"] == "u_3", "Capture sees the event");
}

void recorder_of_its_own() {
    std::vector<nlohmann::json> events;
    {
        wl::Recorder recorder{wl::Options{.sinks = {wl::memory_sink(&events)}}};
        wl::Request request{"own", recorder, {.tracestate = "a=b"}};
        request.event().set("n", 1);
        request.finish();
    }
    expect(events.size() == 1 && events[0]["n"] == 1, "a recorder that is not installed");
}

}  // namespace

int main() {
    const std::string directory = "consumer-logs";
    std::filesystem::remove_all(directory);
    recorder_with_everything(directory);
    service_under_test();
    recorder_of_its_own();
    std::filesystem::remove_all(directory);
    if (failures == 0) std::printf("a user's program logs what it should\n");
    return failures;
}
