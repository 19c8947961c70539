// Counts what a warm request allocates: nothing, on the thread that runs it, whether its event is kept or not.
#include <wideline/wideline.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "request/recorder_core.hpp"
#include "support/checkout_event.hpp"  // of the benchmarks: what they measure is what is counted here

using namespace std::chrono_literals;
namespace wl = wideline;

namespace {

thread_local std::uint64_t allocations = 0;

void* counted(std::size_t bytes) {
    ++allocations;
    void* const at = std::malloc(bytes);
    if (at == nullptr) throw std::bad_alloc();
    return at;
}

}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes); }
void* operator new[](std::size_t bytes) { return counted(bytes); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return ++allocations, std::malloc(bytes); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return ++allocations, std::malloc(bytes); }
void operator delete(void* at) noexcept { std::free(at); }
void operator delete[](void* at) noexcept { std::free(at); }
void operator delete(void* at, std::size_t) noexcept { std::free(at); }
void operator delete[](void* at, std::size_t) noexcept { std::free(at); }

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define COUNTS_MALLOC
// What C code asks for counts too. operator new comes by here, and is then counted twice.
extern "C" void* __libc_malloc(std::size_t);
extern "C" void* malloc(std::size_t bytes) {
    ++allocations;
    return __libc_malloc(bytes);
}
#endif

namespace {

using wideline::bench::checkout;

enum class Colour { red };
std::string_view name_of(Colour) { return "red"; }

constexpr std::string_view kUrl = "https://shop.example/cart/items/12345?source=newsletter";
const std::string kAgent(200, 'u');
const std::vector<int> kItems{1, 2, 3, 4};

/// 40 fields, of every kind that needs no document of its own.
void write_fields(int i) {
    wl::set("a.bool", true);
    wl::set("a.int", i);
    wl::set("a.uint", std::uint64_t{1} << 63);
    wl::set("a.short", static_cast<short>(i));
    wl::set("a.char", static_cast<signed char>(7));
    wl::set("a.float", 1.5F);
    wl::set("a.double", 2.5);
    wl::set("a.null", nullptr);
    wl::set("a.literal", "text");
    wl::set("a.view", kUrl);
    wl::set("a.string", kAgent);
    wl::set("a.duration", 12ms);
    wl::set("a.time", std::chrono::system_clock::time_point{});
    wl::set("a.enum", Colour::red);
    wl::set("a.optional", std::optional<int>(3));
    wl::set("a.empty", std::optional<int>());
    wl::set("a.array", kItems);
    wl::set(wl::runtime(kUrl.substr(0, 20)), i);
    wl::set("http.request.method", "POST");
    wl::set("http.response.status_code", 200);
    wl::set("http.route", "/checkout");
    wl::set("user.id", "user-12345");
    wl::set("user.plan", "enterprise");
    wl::set("cart.items", 7);
    wl::set("cart.total", 99.5);
    wl::set("db.host", "db-7.internal");
    wl::set("cache.hit", false);
    wl::set("region", "eu-central-1");
    wl::set("zone", "b");
    wl::set("host", "web-17");
    wl::set("retries", 2);
    wl::set("deadline", 800ms);
    wl::set("experiment", "blue");
    for (int query = 0; query < 5; ++query) wl::add("db.queries", 1);
    wl::add("db.seconds", 0.25);
    wl::maximum("queue.depth", i);
    wl::append("flags", "new_checkout");
    wl::append("flags", "dark");
    wl::note("retrying");
    { const auto timing = wl::time("payment"); }
}

/// The event of 40 fields and about 1 KiB of JSON that stands for a real service's.
void write_checkout() {
    const auto& values = checkout();
#define FIELD(key, member) wl::set(key, values.member);
    WIDELINE_BENCH_FIELDS(FIELD)
#undef FIELD
}

template <class Work>
int count(const char* what, Work work) {
    for (int i = 0; i < 200; ++i) work(i);  // warm
    const std::uint64_t before = allocations;
    for (int i = 0; i < 1000; ++i) work(i);
    const std::uint64_t made = allocations - before;
    std::printf("%s: %llu allocations in 1000 requests\n", what, static_cast<unsigned long long>(made));
    return made == 0 ? 0 : 1;
}

/// Ten rules, of which none takes the checkout but the last.
wl::TailSampler ten_rules(double kept) {
    return wl::TailSampler{}
        .drop("health", wl::field("http.route") == "/healthz")
        .keep("slow", wl::slower_than(std::chrono::hours(1)))
        .keep("big cart", wl::field("cart.items") > 100)
        .keep("tenant", wl::field("tenant").in({"globex", "initech"}))
        .keep("large body", wl::field("http.response.body.size") >= 10'000'000)
        .sample("search", wl::field("http.route").starts_with("/search"), 0.05)
        .keep("flag", wl::field("feature_flags").contains("dark"))
        .keep("cold and slow", wl::field("cache.hit") == false && wl::field("db.duration_ms") > 2000.0)
        .keep("absent", wl::field("retry.reason").exists())
        .sample("express", wl::field("checkout.express") == true && !wl::failed(), kept)
        .otherwise(kept);
}

wl::Options options(double kept) {
    return {.sampler = wl::TailSampler{}
                           .drop("health", wl::field("http.route") == "/healthz")
                           .keep("slow", wl::slower_than(std::chrono::hours(1)))
                           .sample("plan", wl::field("user.plan").in({"enterprise", "team"}), kept)
                           .otherwise(kept),
            .sinks = {wl::callback_sink([](const wl::Batch&) {})},
            .defaults = {{"build", 17}},
            .flush_interval = 1ms};
}

}  // namespace

int main() {
    int failed = 0;
    {
        const wl::Recorder recorder = wl::install(options(0));
        failed += count("sampled away", [](int i) {
            WIDELINE_REQUEST("checkout");
            write_fields(i);
        });
        failed += count("discarded", [](int i) {
            wl::Request request{"checkout"};
            write_fields(i);
            request.discard();
        });
        failed += count("continuing a trace", [](int i) {
            wl::Request request{"checkout",
                                {.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                 .tracestate = "vendor=opaque"}};
            write_fields(i);
        });
        failed += count("nested and moved", [](int i) {
            wl::Request request{"checkout"};
            wl::Request moved{std::move(request)};
            WIDELINE_REQUEST("inner");
            write_fields(i);
        });
        failed += count("renamed, cancelled and calling others", [](int i) {
            WIDELINE_REQUEST("checkout");
            write_fields(i);
            wl::Call payments{"payments"};
            wl::Call stock{"stock"};
            stock.fail("timeout");
            wl::Call moved{std::move(payments)};
            wl::rename("GET /books/{id}");
            wl::cancel("client closed the connection");
        });
        failed += count("attached", [](int i) {
            wl::Request request{"checkout"};
            const wl::Attach attach{request.handle()};
            write_fields(i);
        });
    }
    {
        const wl::Recorder recorder = wl::install(options(1));
        failed += count("kept", [](int i) {
            WIDELINE_REQUEST("checkout");
            write_fields(i);
        });
        failed += count("failed", [](int i) {
            WIDELINE_REQUEST("checkout");
            write_fields(i);
            wl::fail(
                {.type = "declined", .message = "card was declined", .why = "funds", .fix = "another", .link = "x"});
        });
    }
    for (const double kept : {0.0, 1.0}) {
        const wl::Recorder recorder = wl::install(
            {.sampler = ten_rules(kept), .sinks = {wl::callback_sink([](const wl::Batch&) {})}, .flush_interval = 1ms});
        failed += count(kept == 0 ? "a checkout, sampled away by ten rules" : "a checkout, kept by ten rules", [](int) {
            WIDELINE_REQUEST("checkout");
            write_checkout();
        });
        const wl::Stats stats = recorder.stats();
        if (kept == 0 ? stats.sampled_away != 1200 : stats.kept != 1200) {
            std::printf("ten rules decided otherwise than this test believes\n");
            ++failed;
        }
    }
    failed += count("without a recorder", [](int i) {
        WIDELINE_REQUEST("checkout");
        write_fields(i);
    });
    {
        // The first events of a thread have the arena that they begin in, of 4 KiB, and no other.
        const wl::Recorder recorder = wl::install(options(0));
        for (const auto write : {+[] { write_fields(0); }, +[] { write_checkout(); }}) {
            WIDELINE_REQUEST("cold");
            write();
            const auto& event = static_cast<wl::detail::OpenEvent&>(wl::event());
            if (event.arena_ != event.small_arena || event.arena_->capacity != 4096) {
                std::printf("a cold event took another arena than one of 4 KiB\n");
                ++failed;
            }
        }
    }
#ifdef COUNTS_MALLOC
    const std::uint64_t before = allocations;
    std::free(std::malloc(1));
    if (allocations == before) {
        std::printf("malloc is not counted\n");
        ++failed;
    }
#endif
    return failed == 0 ? 0 : 1;
}
