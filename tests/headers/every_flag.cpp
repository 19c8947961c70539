// What a service writes, in each dialect of C++ and with each flag that a service may be compiled with: see
// every_flag.sh. Only the library's own headers may warn here, so it brings nothing of its own that could.
#include <wideline/reader.hpp>
#include <wideline/testing.hpp>
#include <wideline/wideline.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wl = wideline;

namespace shop {

enum class Plan { free, enterprise };
static std::string_view name_of(Plan plan) { return plan == Plan::free ? "free" : "enterprise"; }

struct User {
    std::string id;
    Plan plan;
};
static void describe(wl::FieldWriter& fields, const User& user) {
    fields.set("id", user.id);
    fields.set("plan", user.plan);
}

static void write(const User& user, const std::vector<std::string>& flags, const std::vector<int>& prices) {
    wl::set("user", user);
    wl::set("text", u8"text");
    wl::set("number", 1);
    wl::set("real", 0.5);
    wl::set("real", 0.5F);
    wl::set("none", nullptr);
    wl::set("maybe", std::optional<int>{});
    wl::set("timeout", std::chrono::milliseconds(250));
    wl::set("flags", flags);
    wl::set("prices", prices);
    wl::set("raw", nlohmann::json{});
    wl::set(wl::runtime(user.id), user.id);
    wl::add("queries", 1);
    wl::add("cost", 0.5);
    wl::maximum("depth", 7);
    wl::append("seen", "one");
    wl::append("seen", 1);
    wl::note("retrying");
    const auto timing = wl::time("payment");
    const wl::Call call{"payments"};
    wl::fail({.type = "declined", .message = "by the issuer"});
}

static wl::Recorder begin() {
    return wl::install({
        .service = {.name = "shop"},
        .sampler = wl::TailSampler{}
                       .keep("slow", wl::slower_than(std::chrono::seconds(1)))
                       .drop("health", wl::field("http.route") == "/healthz" && !wl::failed())
                       .keep("odd", wl::when([](const wl::EventView& event) { return event.name() == "odd"; }))
                       .otherwise(0.01),
        .sinks = {wl::journal("logs"), wl::stdout_sink(), wl::callback_sink([](const wl::Batch&) {})},
        .enrich = [](wl::Event& event) { event.set("host.cores", 2); },
    });
}

}  // namespace shop

int main(int argc, char** argv) {
    wl::Recorder recorder = shop::begin();
    wl::Request request{"checkout", {.traceparent = argv[0]}};
    const wl::Attach attach{request.handle()};
    shop::write({"u_42", shop::Plan::free}, {"new"}, {argc});
    WIDELINE_REQUEST("inner");
    const std::uint64_t started = recorder.stats().started;
    return wl::run("sum", [&] { return started == 1 ? 0 : 1; });
}
