// All routes of a journal at work: one thread looks for frames and gives the routes their turns; the routes have
// threads for their requests. What wl::Forwarder and the command are made of.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <wideline/forward.hpp>

#include "forward/hot_reload.hpp"
#include "forward/route/memory_budget.hpp"
#include "forward/route/route.hpp"
#include "forward/source/frame_catalog.hpp"

namespace wideline::delivery {

class Forwarding {
public:
    /// What becomes of routes that have a directory and are not in the options.
    enum class Others { become_inactive, stay };

    /// Throws as wl::Forwarder's constructor does.
    Forwarding(std::string journal, ForwardOptions options, Others others, std::optional<Again> again = {});
    ~Forwarding();
    Forwarding(const Forwarding&) = delete;
    Forwarding& operator=(const Forwarding&) = delete;

    enum class Flushed {
        all,
        not_working,  ///< What works is settled; the rest is held or backs off.
        timed_out,
    };
    enum class Until { settled, settled_or_not_working };
    Flushed flush(std::chrono::nanoseconds timeout, Until until);
    [[nodiscard]] ForwardStats stats() const;
    void reload(ForwardOptions options);
    void wake();
    /// No more batches: what is under way is awaited until then, and cancelled.
    void end_by(std::chrono::steady_clock::time_point until);

private:
    using Routes = std::map<std::string, std::unique_ptr<Route>>;

    [[nodiscard]] Routes routes_of(const ForwardOptions& options);
    void run();
    void take_turn(bool looks, bool deep, bool hurry);
    void deactivate_others();
    void use(ForwardOptions options);
    void drop_stopped();
    void watch();

    std::string journal_;
    ForwardOptions options_;
    const Others others_;
    std::optional<Again> again_;
    FrameCatalog catalog_;
    MemoryBudget memory_;
    Shared shared_;

    mutable std::mutex routes_mutex_;  ///< Before mutex_.
    Routes routes_;
    std::vector<std::unique_ptr<Route>> retired_;
    std::uint64_t reload_errors_ = 0;
    std::string last_error_;
    HotReload hot_reload_;

    std::mutex mutex_;
    std::condition_variable woken_;
    std::condition_variable progressed_;
    bool wake_ = false;
    bool look_now_ = true;
    bool look_deep_ = true;
    bool ending_ = false;
    bool stopped_ = false;
    std::uint64_t hurry_ = 0;
    std::uint64_t looks_ = 0;  ///< Looks that have ended, with their turns.
    std::uint64_t begun_ = 0;
    std::uint64_t polls_ = 0;  ///< Of the looking thread.
    std::chrono::steady_clock::time_point next_look_{};
    std::thread thread_;
};

}  // namespace wideline::delivery
