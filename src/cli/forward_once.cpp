#include "cli/forward_once.hpp"

#include <fmt/format.h>

#include "cli/end_signals.hpp"
#include "cli/input.hpp"
#include "cli/output.hpp"

namespace wideline::cli {
namespace {

ExitStatus status_of(const ForwardStats& before, const ForwardStats& after) {
    ExitStatus status = ExitStatus::done;
    for (std::size_t i = 0; i < after.routes.size(); ++i) {
        const RouteStats& route = after.routes[i];
        const bool newly_dead = route.dead > before.routes[i].dead;
        if (!newly_dead && route.waiting == 0 && route.state != "held") continue;
        complain(fmt::format("{}/{}: {} waiting, {} dead{}{}", route.forward, route.target, route.waiting, route.dead,
                             route.state == "held" ? ", held" : "",
                             route.last_error.empty() ? "" : "; " + route.last_error));
        status = ExitStatus::nothing_or_problems;
    }
    return status;
}

}  // namespace

/// What is there now. A target that does not answer is given a few seconds.
ExitStatus deliver_once(delivery::Forwarding& forwarding) {
    using delivery::Forwarding;
    const sigset_t signals = block_signals();
    constexpr std::chrono::seconds kPatience{5};
    constexpr std::chrono::seconds kPatienceIfHeld{1};  // A person must do something.
    const ForwardStats before = forwarding.stats();
    std::uint64_t waiting = UINT64_MAX;
    auto last_progress = std::chrono::steady_clock::now();
    for (;;) {
        const auto flushed =
            forwarding.flush(std::chrono::milliseconds(200), Forwarding::Until::settled_or_not_working);
        if (flushed == Forwarding::Flushed::all) break;
        std::uint64_t now_waiting = 0;
        bool held = true;
        for (const RouteStats& route : forwarding.stats().routes) {
            now_waiting += route.waiting;
            held = held && (route.waiting == 0 || route.state == "held");
        }
        if (now_waiting < waiting || flushed == Forwarding::Flushed::timed_out)
            last_progress = std::chrono::steady_clock::now();
        waiting = now_waiting;
        if (std::chrono::steady_clock::now() - last_progress > (held ? kPatienceIfHeld : kPatience)) break;
        if (const int signal = signal_within(signals, std::chrono::milliseconds(50)); signal != 0 && signal != SIGHUP)
            break;
    }
    return status_of(before, forwarding.stats());
}

ExitStatus forward_once(const std::string& journal, ForwardOptions options, std::optional<delivery::Again> again) {
    (void)block_signals();
    const bool tells = again.has_value();
    delivery::Forwarding forwarding(journal, std::move(options), delivery::Forwarding::Others::stay, std::move(again));
    const ExitStatus status = deliver_once(forwarding);
    if (!tells) return status;
    Output output;
    for (const RouteStats& route : forwarding.stats().routes)
        output.write(fmt::format("{}/{}: {} events delivered, {} dead, {} waiting\n", route.forward, route.target,
                                 route.delivered, route.dead, route.waiting));
    output.flush();
    return status;
}

}  // namespace wideline::cli
