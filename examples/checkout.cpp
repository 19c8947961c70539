// One request of a checkout service, and the one event that it writes: a line of JSON on standard output.
#include <wideline/wideline.hpp>

using namespace std::chrono_literals;
namespace wl = wideline;

bool charge_card() {
    auto timing = wl::time("payment");
    return false;
}

void checkout() {
    WIDELINE_REQUEST("checkout");
    wl::set("user.id", "u_42");
    wl::set("user.plan", "free");
    wl::set("cart.items", 3);
    wl::add("db.queries", 2);
    wl::append("feature_flags", "new_checkout");
    if (!charge_card())
        wl::fail({.type = "card_declined",
                  .message = "card was declined by the issuer",
                  .why = "insufficient funds",
                  .fix = "ask for another card"});
}

int main() {
    wl::Recorder recorder = wl::install({
        .service = {.name = "checkout", .version = "1.4.2", .environment = "production"},
        .sampler = wl::TailSampler{}.keep("slow", wl::slower_than(500ms)).otherwise(0.01),
        .sinks = {wl::stdout_sink()},
    });
    checkout();
}
