#include "forward/forwarding.hpp"

#include <algorithm>
#include <stdexcept>

#include "forward/checked_forwards.hpp"
#include "forward/forward_config.hpp"
#include "platform/blocked_signals.hpp"
#include "platform/thread_name.hpp"

namespace wideline::delivery {
namespace {

constexpr std::uint64_t kDeepEvery = 10;  // Looks at all files, in case a change of the directory was missed.

platform::FileSystem& real_files() { return platform::FileSystem::real(); }

std::string without_slash(std::string path) {
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    return path;
}

void check(const ForwardOptions& options) {
    const auto wrong = nonsense_in(options);
    if (!wrong) return;
    const bool of_one = wrong->forward < options.forwards.size();
    throw std::invalid_argument(
        "wideline: " + (of_one ? "forward \"" + options.forwards[wrong->forward].name + "\": " : "") + wrong->sentence);
}

}  // namespace

Forwarding::Forwarding(std::string journal, ForwardOptions options, Others others, std::optional<Again> again)
    : journal_(without_slash(std::move(journal))),
      options_(std::move(options)),
      others_(others),
      again_(std::move(again)),
      catalog_(real_files(), platform::Clock::real(), journal_),
      memory_(options_.memory),
      shared_{real_files(),
              platform::Clock::real(),
              catalog_,
              memory_,
              options_.state.empty() ? journal_ + "/.wideline-forward" : without_slash(options_.state),
              [this] {
                  const std::lock_guard lock(mutex_);
                  look_now_ = look_deep_ = wake_ = true;
                  woken_.notify_all();
              },
              [this] {
                  const std::lock_guard lock(mutex_);
                  wake_ = true;
                  woken_.notify_all();
                  progressed_.notify_all();
              }},
      hot_reload_(options_.watch) {
    check(options_);
    const auto made = real_files().make_directories(journal_);
    if (!made.ok()) made.failure().raise();
    if (const std::string parent = platform::parent_of(shared_.state); parent != journal_)
        if (const auto above = real_files().make_directories(parent); !above.ok()) above.failure().raise();
    real_files().make_private_directory(shared_.state).raise_if_failed();
    routes_ = routes_of(options_);
    if (others_ == Others::become_inactive) deactivate_others();
    const platform::BlockedSignals blocked;  // In the routes' threads too, which that thread begins.
    thread_ = std::thread([this] { run(); });
}

Forwarding::Routes Forwarding::routes_of(const ForwardOptions& options) {
    Routes routes;
    for (const Forward& forward : options.forwards) {
        if (!forward.enabled) continue;
        for (const TargetPtr& target : forward.to) {
            auto route = std::make_unique<Route>(shared_, forward, target, again_);
            std::string name = route->name();
            routes.emplace(std::move(name), std::move(route));
        }
    }
    return routes;
}

/// Routes that no forward names any more keep their state, and are marked.
void Forwarding::deactivate_others() {
    platform::FileSystem& files = shared_.files;
    const auto forwards = files.list(shared_.state);
    if (!forwards.ok()) return;
    for (const platform::DirectoryEntry& forward : forwards.value()) {
        const auto targets = files.list(shared_.state + "/" + forward.name);
        if (!forward.directory || !targets.ok()) continue;
        for (const platform::DirectoryEntry& target : targets.value()) {
            const std::string name = forward.name + "/" + target.name;
            if (!target.directory || routes_.contains(name)) continue;
            const std::string directory = shared_.state + "/" + name;
            const auto state = read_route_state(files, directory);
            if (state && state->active)
                (void)change_route_state(files, directory, *state, [](RouteState& now) { now.active = false; });
        }
    }
}

Forwarding::~Forwarding() {
    end_by(std::chrono::steady_clock::now() + options_.shutdown_timeout);
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
        woken_.notify_all();
    }
    thread_.join();
    const std::lock_guard lock(routes_mutex_);
    routes_.clear();
    retired_.clear();
}

void Forwarding::end_by(std::chrono::steady_clock::time_point until) {
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(stopped_, true)) return;
    }
    std::vector<Route*> all;
    {
        const std::lock_guard lock(routes_mutex_);
        for (auto& [name, route] : routes_) all.push_back(route.get());
        for (auto& route : retired_) all.push_back(route.get());
        for (Route* const route : all) route->stop();
    }
    // The looking thread drops no route any more.
    const auto stopped = [&] {
        return std::all_of(all.begin(), all.end(), [](const Route* route) { return route->stopped(); });
    };
    while (!stopped() && std::chrono::steady_clock::now() < until) {
        std::unique_lock lock(mutex_);
        progressed_.wait_for(lock, std::chrono::milliseconds(20));
    }
    for (Route* const route : all) route->cancel();
}

void Forwarding::run() {
    platform::name_this_thread("wideline-fwd");
    for (;;) {
        bool deep = false;
        bool looks = false;
        bool hurry = false;
        std::uint64_t begun = 0;
        {
            const std::lock_guard lock(mutex_);
            if (ending_) return;
            looks = std::exchange(look_now_, false);
            deep = std::exchange(look_deep_, false);
            wake_ = false;
            hurry = hurry_ != 0;
            begun = begun_;
        }
        take_turn(looks, deep, hurry);
        std::unique_lock lock(mutex_);
        if (looks) looks_ = begun;
        progressed_.notify_all();
        const auto woken = [&] { return wake_ || ending_; };
        if (!woken_.wait_for(lock, options_.poll, woken)) {
            look_now_ = true;
            ++polls_;
            if (polls_ % kDeepEvery == 0) look_deep_ = true;
        } else if (std::chrono::steady_clock::now() >= next_look_) {
            look_now_ = true;
        }
        if (look_now_) next_look_ = std::chrono::steady_clock::now() + options_.poll;
    }
}

/// What is out of memory now may not be at the next turn.
void Forwarding::take_turn(bool looks, bool deep, bool hurry) {
    const std::lock_guard lock(routes_mutex_);
    try {
        if (looks) {
            const auto looked = catalog_.look(deep ? FrameCatalog::Depth::all : FrameCatalog::Depth::changes);
            if (!looked.ok()) last_error_ = looked.failure().sentence();
        }
        for (auto& [name, route] : routes_) route->tick(hurry);
        drop_stopped();
        watch();
    } catch (const std::exception& error) {
        last_error_ = error.what();
    }
}

/// Routes that were replaced release their runs once their last request has ended.
void Forwarding::drop_stopped() {
    std::vector<std::unique_ptr<Route>> stopped;
    {
        const std::lock_guard lock(mutex_);
        if (stopped_) return;
    }
    for (auto& route : retired_)
        if (route->stopped()) stopped.push_back(std::move(route));
    std::erase(retired_, nullptr);
}

void Forwarding::watch() {
    {
        const std::lock_guard lock(mutex_);
        if (stopped_) return;
    }
    const auto text = hot_reload_.changed(shared_.clock.monotonic_ns());
    if (!text) return;
    try {
        use(forward_options_of(hot_reload_.path(), *text));
    } catch (const std::exception& error) {
        ++reload_errors_;
        last_error_ = error.what();
    }
}

/// In place of the routes that there are, under routes_mutex_. What is nonsense throws, and changes nothing.
void Forwarding::use(ForwardOptions options) {
    options.memory = options_.memory;
    check(options);
    Routes before = std::exchange(routes_, routes_of(options));
    for (auto& [name, route] : before) {
        route->stop();
        retired_.push_back(std::move(route));
    }
    if (others_ == Others::become_inactive) deactivate_others();
}

void Forwarding::reload(ForwardOptions options) {
    {
        const std::lock_guard lock(routes_mutex_);
        use(std::move(options));
    }
    wake();
}

void Forwarding::wake() {
    const std::lock_guard lock(mutex_);
    wake_ = look_now_ = true;
    woken_.notify_all();
}

Forwarding::Flushed Forwarding::flush(std::chrono::nanoseconds timeout, Until until) {
    constexpr std::chrono::hours kLongest{24 * 365};
    const auto deadline = std::chrono::steady_clock::now() +
                          std::min<std::chrono::nanoseconds>(timeout, std::chrono::nanoseconds(kLongest));
    std::uint64_t wanted = 0;
    {
        const std::lock_guard lock(mutex_);
        ++hurry_;
        wanted = ++begun_;
        wake_ = look_now_ = look_deep_ = true;
        woken_.notify_all();
    }
    Flushed flushed = Flushed::timed_out;
    for (;;) {
        bool looked = false;
        {
            const std::lock_guard lock(mutex_);
            looked = looks_ >= wanted;
        }
        if (looked) {
            bool settled = true;
            bool can_settle = true;
            const std::lock_guard lock(routes_mutex_);
            for (const auto& [name, route] : routes_) {
                if (route->settled()) continue;
                settled = false;
                can_settle = can_settle && !route->works();
            }
            if (settled) flushed = Flushed::all;
            if (settled) break;
            if (can_settle && until == Until::settled_or_not_working) {
                flushed = Flushed::not_working;
                break;
            }
        }
        if (std::chrono::steady_clock::now() >= deadline) break;
        std::unique_lock lock(mutex_);
        progressed_.wait_until(lock,
                               std::min(deadline, std::chrono::steady_clock::now() + std::chrono::milliseconds(50)));
    }
    const std::lock_guard lock(mutex_);
    --hurry_;
    return flushed;
}

ForwardStats Forwarding::stats() const {
    ForwardStats stats;
    const std::lock_guard lock(routes_mutex_);
    for (const auto& [name, route] : routes_) stats.routes.push_back(route->stats());
    stats.reload_errors = reload_errors_;
    stats.last_error = last_error_;
    if (stats.last_error.empty()) stats.last_error = catalog_.damage();
    return stats;
}

}  // namespace wideline::delivery
