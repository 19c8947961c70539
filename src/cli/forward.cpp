#include "cli/forward.hpp"

#include <chrono>
#include <map>

#include <fmt/format.h>

#include "cli/end_signals.hpp"
#include "cli/forward_input.hpp"
#include "cli/forward_once.hpp"
#include "cli/input.hpp"
#include "cli/output.hpp"
#include "cli/route_orders.hpp"
#include "cli/route_table.hpp"
#include "forward/forward_metrics.hpp"
#include "forward/forwarding.hpp"
#include "forward/masked.hpp"
#include "platform/file_system.hpp"
#ifdef WIDELINE_HAS_VIEW
#include "view/metrics_server.hpp"
#endif

namespace wideline::cli {
namespace {

using delivery::Forwarding;

bool is_journal(const std::string& journal) {
    if (journal.empty()) {
        complain("a JOURNAL is needed: an argument, or journal.directory in the configuration");
        return false;
    }
    const auto found = platform::FileSystem::real().is_directory(journal);
    if (found.ok() && found.value()) return true;
    complain(found.ok() ? journal + " is not a directory" : found.failure().sentence());
    return false;
}

/// Says of each route that is held or backs off why, when that changes.
class Reporter {
public:
    void report(const ForwardStats& stats) {
        for (const RouteStats& route : stats.routes) {
            const bool works = route.state != "held" && route.state != "backing_off";
            const std::string sentence = works ? std::string() : route.state + ": " + route.last_error;
            std::string& said = said_[route.forward + "/" + route.target];
            if (sentence == said) continue;
            complain(route.forward + "/" + route.target + (works ? " goes on" : " is " + sentence));
            said = sentence;
        }
    }

private:
    std::map<std::string, std::string> said_;
};

#ifdef WIDELINE_HAS_VIEW
/// What an orchestrator should know: a route is held, or far behind.
std::string trouble_in(const ForwardStats& stats) {
    constexpr std::chrono::hours kReadyAge{1};
    std::string trouble;
    for (const RouteStats& route : stats.routes) {
        const std::string name = route.forward + "/" + route.target;
        if (route.state == "held") trouble += name + " is held: " + route.last_error + "\n";
        if (route.oldest_undelivered > kReadyAge)
            trouble += fmt::format("{} is {} s behind\n", name, route.oldest_undelivered.count() / 1000);
    }
    return trouble;
}
#endif

ExitStatus deliver(const ForwardCommand& command) {
    auto input = read_forward_input(command.config, command.journal, command.forward, command.target);
    if (!input || !is_journal(input->journal)) return ExitStatus::unusable;
    const sigset_t signals = block_signals();
    for (const Forward& forward : input->options.forwards)
        for (const TargetPtr& target : forward.to)
            if (target->description().insecure)
                complain(forward.name + "/" + target->description().name +
                         ": the server's certificate is not verified (tls.verify is false)");
    Forwarding forwarding(input->journal, std::move(input->options),
                          input->narrowed ? Forwarding::Others::stay : Forwarding::Others::become_inactive);
    if (command.once) return deliver_once(forwarding);
#ifdef WIDELINE_HAS_VIEW
    view::MetricsServer metrics(
        {[&] { return delivery::metrics_text(forwarding.stats()); }, [&] { return trouble_in(forwarding.stats()); }});
    if (!command.metrics.empty()) {
        const auto address = metrics.bind(command.metrics);
        if (!address) {
            complain("cannot listen on " + command.metrics + ": --metrics takes HOST:PORT");
            return ExitStatus::unusable;
        }
        Output output;
        output.write("http://" + *address + "/metrics\n");
        output.flush();
    }
#endif
    Reporter reporter;
    for (;;) {
        const int signal = signal_within(signals, std::chrono::seconds(1));
        if (signal == SIGINT || signal == SIGTERM) break;
        if (signal == SIGHUP) {
            auto again = read_forward_input(command.config, command.journal, command.forward, command.target);
            if (again) forwarding.reload(std::move(again->options));
        }
        reporter.report(forwarding.stats());
    }
    // A second signal ends the process at once.
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    return ExitStatus::done;
}

ExitStatus check_targets(const ForwardCommand& command) {
    const auto input = read_forward_input(command.config, command.journal, command.forward, command.target);
    if (!input) return ExitStatus::unusable;
    Output output;
    ExitStatus status = ExitStatus::done;
    for (const Forward& forward : input->options.forwards)
        for (const TargetPtr& target : forward.to) {
            Verdict verdict;
            try {
                verdict = target->connect(forward.retry.connect_timeout)->probe(forward.retry.request_timeout);
            } catch (const std::exception& error) {
                verdict.answer = error.what();
            }
            const bool good = verdict.kind == Verdict::delivered;
            if (!good) status = ExitStatus::nothing_or_problems;
            std::string answer = delivery::masked(verdict.answer, target->description().secrets);
            while (answer.ends_with('\n')) answer.pop_back();
            output.write(fmt::format("{}/{} ({} at {}): {}\n", forward.name, target->description().name,
                                     target->description().backend, target->description().address,
                                     good             ? "good"
                                     : answer.empty() ? fmt::format("status {}", verdict.status)
                                                      : answer));
        }
    output.flush();
    return status;
}

}  // namespace

ExitStatus forward(const ForwardCommand& command) {
    const int orders =
        command.once + command.status + command.check + !command.forget.empty() + !command.accept_dead.empty();
    if (orders > 1) {
        complain("--once, --status, --check, --forget and --accept-dead exclude each other");
        return ExitStatus::unusable;
    }
#ifndef WIDELINE_HAS_VIEW
    if (!command.metrics.empty()) {
        complain("this wideline was built without --metrics: install cpp-httplib and build it again");
        return ExitStatus::unusable;
    }
#endif
    if (!command.metrics.empty() && orders > 0) {
        complain("--metrics does not go with --once, --status, --check, --forget or --accept-dead");
        return ExitStatus::unusable;
    }
    if (command.skip_to_end && command.forget.empty()) {
        complain("--skip-to-end goes with --forget FORWARD/TARGET");
        return ExitStatus::unusable;
    }
    if (command.check) return check_targets(command);
    if (!command.forget.empty() || !command.accept_dead.empty()) {
        if (!is_journal(command.journal)) return ExitStatus::unusable;
        if (!command.accept_dead.empty()) return accept_dead(command.journal, command.accept_dead);
        return command.skip_to_end ? skip_to_end(command.journal, command.forget)
                                   : forget_route(command.journal, command.forget);
    }
    if (!command.status) return deliver(command);
    const auto input = read_forward_input(command.config, command.journal, command.forward, command.target);
    if (!input || !is_journal(input->journal)) return ExitStatus::unusable;
    return print_routes(*input, command.json);
}

}  // namespace wideline::cli
