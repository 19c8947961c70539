// One route: a forward and one of its targets. It takes runs of the journal that no other process sends on this route,
// and gives each that has something to send to a thread of its own. What becomes of a batch is in bisection.hpp, when a
// request may go in circuit.hpp; here is what binds them to threads, files and backends.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <wideline/forward.hpp>

#include "forward/progress/route_state.hpp"
#include "forward/progress/route_status.hpp"
#include "forward/route/bisection.hpp"
#include "forward/route/circuit.hpp"
#include "forward/route/dead_letters.hpp"
#include "forward/route/memory_budget.hpp"
#include "forward/route/run_progress.hpp"
#include "forward/source/frame_catalog.hpp"
#include "forward/source/packer.hpp"

namespace wideline::delivery {

/// What all routes of a forwarder share. It outlives them.
struct Shared {
    platform::FileSystem& files;
    platform::Clock& clock;
    FrameCatalog& catalog;
    MemoryBudget& memory;
    std::string state;                 ///< The directory of all routes.
    std::function<void()> look_again;  ///< A frame is not where the catalogue has it.
    std::function<void()> progressed;  ///< Something was delivered, or a thread has time.
};

/// A route that sends again, beside the one of the same name: with cursors of its own, and other tokens.
struct Again {
    std::string directory;  ///< For its cursors.
    std::string id;         ///< In its batches' tokens.
    std::optional<read::TimePoint> since;
    std::optional<read::TimePoint> until;
    bool letters = false;  ///< What it reads are dead letters: the events in them are sent.
    std::string dead;      ///< Where what is refused goes; empty: where the route's goes.
};

/// Bounds of a request's duration in RouteStats::request_seconds, the last one open.
inline constexpr double kRequestSeconds[] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};

/// tick and the end are called by one thread; everything else by any.
class Route {
public:
    /// Throws std::system_error if its directory cannot be made, and std::invalid_argument for an expression.
    Route(Shared& shared, const Forward& forward, TargetPtr target, const std::optional<Again>& again = {});
    /// What is under way is cancelled.
    ~Route();

    /// Takes runs, starts threads, saves cursors. `hurry`: nothing waits for `linger`.
    void tick(bool hurry);
    /// Whether everything that the catalogue has is passed, by us or another process.
    [[nodiscard]] bool settled() const;
    /// Whether it gets on: neither held nor backing off.
    [[nodiscard]] bool works() const;
    /// No new request; those under way end as they end.
    void stop();
    [[nodiscard]] bool stopped() const;
    /// Requests under way end now.
    void cancel();

    [[nodiscard]] RouteStats stats() const;
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

private:
    struct OwnedRun {
        std::unique_ptr<RunProgress> progress;
        bool busy = false;
        std::int64_t idle_since_ns = 0;
        std::uint64_t suspect_frame = 0;  ///< As the packer wants it.
        bool resumed = false;  ///< An earlier owner's batch may have been delivered: the next one is a repeat.
    };
    struct KnownRun {
        Cursor cursor;
        std::int64_t known_ns = 0;
        bool of_another = false;
        bool blocked = false;  ///< Its cursor is of a later version.
    };
    struct Worker {
        std::thread thread;
        bool finished = false;
        std::shared_ptr<Backend> backend;  ///< Null between connections. Guarded by mutex_, used by the thread.
    };

    // Of the ticking thread.
    void find_changed_runs();
    void release_idle(std::int64_t now);
    void assign(const std::string& run, std::int64_t now);
    [[nodiscard]] bool own(const std::string& run, std::int64_t now);
    void save_cursors();
    void join_finished();
    void read_orders(std::int64_t now);
    [[nodiscard]] Cursor known_cursor(const std::string& run);
    void fold_finished_runs(std::int64_t now);
    void write_status(std::int64_t now);
    [[nodiscard]] RouteStatus status() const;  ///< Under mutex_.
    void release(std::map<std::string, OwnedRun>::iterator owned);

    // Of workers.
    void work(Worker& worker);
    void deliver_run(Worker& worker, const std::string& run, OwnedRun& owned);
    /// False if it was stopped before the batch was settled.
    bool send_batch(Worker& worker, RunProgress& progress, const Batch& batch);
    [[nodiscard]] bool wait_for_admission(std::uint64_t batch);
    [[nodiscard]] bool wait(std::chrono::nanoseconds time);
    [[nodiscard]] bool out_of_patience(const Batch& batch, const Bisection& bisection, const Verdict& verdict,
                                       std::string& reason);
    [[nodiscard]] bool bury(const Batch& batch, Bisection& bisection, BatchProgress& behind, RunProgress& progress,
                            std::uint64_t id, std::chrono::nanoseconds took);
    void answered(std::uint64_t id, const Bisection::Step& step, bool all_accepted, std::chrono::nanoseconds took);
    [[nodiscard]] Verdict ask(Worker& worker, const Parcel& parcel);
    [[nodiscard]] std::shared_ptr<Backend> connect(Worker& worker, Verdict& refusal);
    void drop_backend(Worker& worker);
    void note(const std::string& sentence);
    [[nodiscard]] PackRules pack_rules() const;

    Shared& shared_;
    Forward forward_;
    TargetPtr target_;
    std::string name_;
    std::string salt_;  ///< Of batch tokens.
    std::string directory_;
    Choice choice_;
    PackRules rules_;
    DeadLetters dead_letters_;
    RouteState state_;

    // Of the ticking thread.
    std::uint64_t catalog_version_ = 0;
    std::int64_t orders_read_ns_ = 0;
    std::int64_t folded_ns_ = 0;
    RouteStatus written_status_;
    std::int64_t status_written_ns_ = 0;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::string, OwnedRun> owned_;
    std::map<std::string, KnownRun> known_;
    std::set<std::string> pending_;  ///< Runs that have, or may have, something to send.
    std::deque<std::string> assigned_;
    std::string last_assigned_;
    std::list<Worker> workers_;
    std::size_t idle_workers_ = 0;
    bool stopping_ = false;
    bool cancelled_ = false;
    bool delayed_ = false;
    bool hurry_ = false;
    std::uint64_t next_batch_ = 1;

    Circuit circuit_;
    Evidence evidence_;
    std::int64_t evidence_since_us_ = 0;  ///< When the last refusal was counted.
    LearnedLimits limits_;
    RouteStats counters_;  ///< Of this process.
    std::atomic<std::uint64_t> gaps_{0};
};

/// What the files of a route say, without asking its process: for `--status`.
struct RouteOnDisk {
    RouteState state;
    Counts counts;  ///< Of all cursors, and folded ones.
    std::map<std::string, Cursor> cursors;
};
[[nodiscard]] RouteOnDisk read_route(platform::FileSystem& files, const std::string& directory);

}  // namespace wideline::delivery
