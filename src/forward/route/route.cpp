#include "forward/route/route.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

#include <fmt/format.h>

#include "forward/wall_time.hpp"
#include "platform/entropy.hpp"

namespace wideline::delivery {
namespace {

constexpr std::chrono::milliseconds kSaveAge{100};  // With the poll in between at most 200 ms.
constexpr std::int64_t kIdleNs = 5'000'000'000;
constexpr std::int64_t kAskOthersNs = 1'000'000'000;
constexpr std::int64_t kFoldNs = 10'000'000'000;

std::uint64_t random_seed() {
    std::uint64_t seed = 0;
    platform::fill_random(&seed, sizeof seed);
    return seed;
}

std::int64_t wall_us(platform::Clock& clock) { return clock.wall().time_since_epoch().count(); }

Choice checked_choice(const Forward& forward, const std::optional<Again>& again) {
    auto choice = choice_of(forward);
    if (!choice.ok()) throw std::invalid_argument("forward " + forward.name + ": " + choice.failure().sentence());
    if (again) {
        choice.value().bounds.since = again->since;
        choice.value().bounds.until = again->until;
    }
    return std::move(choice.value());
}

}  // namespace

Route::Route(Shared& shared, const Forward& forward, TargetPtr target, const std::optional<Again>& again)
    : shared_(shared),
      forward_(forward),
      target_(std::move(target)),
      name_(forward.name + "/" + target_->description().name),
      salt_(again ? name_ + " again " + again->id : name_),
      directory_(again ? again->directory : shared.state + "/" + name_),
      choice_(checked_choice(forward, again)),
      dead_letters_(shared.files, shared.clock,
                    again && !again->dead.empty() ? again->dead : shared.state + "/" + name_ + "/dead", forward.name,
                    target_->description().name, forward.dead_letters),
      circuit_(forward.retry, forward.in_flight, target_->description().limits.requests_per_second, random_seed()),
      evidence_(forward.dead_letters.in_a_row) {
    if (!again) shared_.files.make_private_directory(shared.state + "/" + forward.name).raise_if_failed();
    shared_.files.make_private_directory(directory_).raise_if_failed();
    RouteState fresh;
    fresh.forward = forward.name;
    fresh.target = target_->description().name;
    fresh.created = shared_.clock.wall();
    fresh.active = !again;
    const auto from = again ? RouteState::Time::min() : forward.start.from(fresh.created);
    if (from != RouteState::Time::min()) fresh.start = from;
    auto state = change_route_state(shared_.files, directory_, fresh, [&](RouteState& now) {
        now.active = !again;
        now.backend = target_->description().backend;
    });
    if (!state.ok()) state.failure().raise();
    state_ = std::move(state.value());
    rules_ = pack_rules();
    rules_.letters = again && again->letters;
    if (const std::uint64_t bytes = target_->description().limits.bytes; bytes != 0) limits_.bytes = bytes;
    if (const std::uint64_t events = target_->description().limits.events; events != 0) limits_.events = events;
    counters_.insecure = target_->description().insecure;
    counters_.request_seconds.assign(std::size(kRequestSeconds) + 1, 0);
    if (state_.later_version) note(directory_ + "/route.json was written by a later version; this route is held");
}

PackRules Route::pack_rules() const {
    Pack pack = forward_.pack.value_or(Pack{});
    if (!forward_.pack && target_->description().linger) pack.linger = *target_->description().linger;
    PackRules rules;
    rules.bytes = pack.bytes;
    rules.events = pack.events;
    rules.linger = pack.linger;
    rules.delay = forward_.delay;
    if (state_.start) rules.start_us = state_.start->time_since_epoch().count();
    return rules;
}

Route::~Route() {
    stop();
    cancel();
    for (Worker& worker : workers_)
        if (worker.thread.joinable()) worker.thread.join();
    dead_letters_.close();
    RouteStatus last = status();
    if (last.state != "held" && last.state != "backing_off") last.state = "stopped";
    (void)write_route_status(shared_.files, directory_, std::to_string(::getpid()), last);
    while (!owned_.empty()) release(owned_.begin());
}

void Route::tick(bool hurry) {
    join_finished();
    const std::int64_t now = shared_.clock.monotonic_ns();
    {
        const std::lock_guard lock(mutex_);
        if (stopping_ || state_.later_version) return;
        hurry_ = hurry;
        find_changed_runs();
        delayed_ = false;
        std::vector<std::string> done;
        // Begins after the run that was assigned last, so that each has its turn.
        std::vector<std::string> order(pending_.upper_bound(last_assigned_), pending_.end());
        order.insert(order.end(), pending_.begin(), pending_.upper_bound(last_assigned_));
        for (const std::string& run : order) {
            const auto owned = owned_.find(run);
            if (owned != owned_.end() && owned->second.busy) continue;
            const Cursor cursor = owned != owned_.end() ? owned->second.progress->cursor() : known_cursor(run);
            const Readiness found = readiness(shared_.catalog, shared_.clock, run, cursor, rules_, hurry);
            if (!found.waits) done.push_back(run);
            delayed_ = delayed_ || found.delayed;
            if (found.ready) assign(run, now);
        }
        for (const std::string& run : done) pending_.erase(run);
        release_idle(now);
    }
    read_orders(now);
    save_cursors();
    write_status(now);
    fold_finished_runs(now);
    if (const std::uint64_t lost = dead_letters_.tidy(); lost != 0)
        (void)change_route_state(shared_.files, directory_, state_,
                                 [&](RouteState& state) { state.dead_letters_full += lost; });
}

void Route::find_changed_runs() {
    const std::uint64_t version = shared_.catalog.version();
    if (version == catalog_version_) return;
    for (std::string& run : shared_.catalog.runs(catalog_version_)) pending_.insert(std::move(run));
    catalog_version_ = version;
}

/// What its file said, unless we own it. Another process may be moving it.
Cursor Route::known_cursor(const std::string& run) {
    const std::int64_t now = shared_.clock.monotonic_ns();
    auto [at, unknown] = known_.try_emplace(run);
    KnownRun& known = at->second;
    if (!unknown && !(known.of_another && now - known.known_ns >= kAskOthersNs)) return known.cursor;
    const auto bytes = read_whole(shared_.files, directory_ + "/" + cursor_file_name(run));
    if (bytes.ok())
        if (CursorContent content = read_cursor(bytes.value()); content.kind == SlotContent::Kind::good)
            known.cursor = std::move(content.cursor);
    known.cursor.run = run;
    return known.cursor;
}

void Route::assign(const std::string& run, std::int64_t now) {
    if (KnownRun& known = known_[run]; known.blocked || (known.of_another && now - known.known_ns < kAskOthersNs))
        return;
    if (!owned_.contains(run)) {
        if (owned_.size() >= forward_.in_flight) {
            // One that has had nothing for longest makes room.
            auto idle = owned_.end();
            for (auto at = owned_.begin(); at != owned_.end(); ++at)
                if (!at->second.busy && (idle == owned_.end() || at->second.idle_since_ns < idle->second.idle_since_ns))
                    idle = at;
            if (idle == owned_.end()) return;
            release(idle);
        }
        if (!own(run, now)) return;
        const Cursor cursor = owned_.at(run).progress->cursor();
        if (!readiness(shared_.catalog, shared_.clock, run, cursor, rules_, hurry_).ready) return;
    }
    owned_.at(run).busy = true;
    assigned_.push_back(run);
    last_assigned_ = run;
    if (idle_workers_ < assigned_.size() && workers_.size() < forward_.in_flight) {
        Worker& worker = workers_.emplace_back();
        worker.thread = std::thread([this, &worker] { work(worker); });
    }
    changed_.notify_all();
}

bool Route::own(const std::string& run, std::int64_t now) {
    const std::string path = directory_ + "/" + cursor_file_name(run);
    auto opened = CursorFile::open(shared_.files, path, run);
    KnownRun& known = known_[run];
    known.known_ns = now;
    known.of_another = false;
    if (!opened.ok()) {
        counters_.last_error = opened.failure().sentence();
        known.of_another = true;  // Tried again in a while.
        return false;
    }
    switch (opened.value().opening) {
        case CursorFile::Opening::of_another:
            known.of_another = true;
            return false;
        case CursorFile::Opening::later_version:
            known.blocked = true;
            counters_.last_error = path + " was written by a later version; its run is held";
            return false;
        case CursorFile::Opening::owned:
            break;
    }
    if (opened.value().lost) {
        ++counters_.cursors_lost;
        counters_.last_error = path + " could not be read: its run begins again with its oldest frame";
    }
    OwnedRun& owned = owned_[run];
    owned.progress = std::make_unique<RunProgress>(std::move(opened.value().file), shared_.clock);
    owned.idle_since_ns = now;
    const Cursor cursor = owned.progress->cursor();
    owned.resumed = cursor.under_way.has_value();
    if (run.starts_with(kNamePrefix) && cursor.of_frame != 0) {
        // Another segment may have got that name.
        const std::uint64_t last =
            cursor.next.events != 0 || cursor.next.sequence == 0 ? cursor.next.sequence : cursor.next.sequence - 1;
        const auto frame = shared_.catalog.at_or_after(run, last);
        if (frame && frame->sequence == last && frame->hash != cursor.of_frame)
            owned.progress->change([](Cursor& changed) {
                changed.next = {};
                changed.last_event.clear();
                changed.after_last = 0;
                changed.under_way.reset();
            });
    }
    if (cursor.refused_in_a_row > evidence_.in_a_row()) {
        evidence_.set_in_a_row(cursor.refused_in_a_row);
        const auto saved = json_text::parse_rfc3339(cursor.saved);
        evidence_since_us_ = saved ? saved->time_since_epoch().count() : 0;
        orders_read_ns_ = 0;
    }
    return true;
}

void Route::release(std::map<std::string, OwnedRun>::iterator owned) {
    if (const platform::Status saved = owned->second.progress->save_if_older(std::chrono::nanoseconds(0)); !saved.ok())
        counters_.last_error = saved.failure().sentence();
    KnownRun& known = known_[owned->first];
    known.cursor = owned->second.progress->cursor();
    known.known_ns = shared_.clock.monotonic_ns();
    owned_.erase(owned);
}

void Route::release_idle(std::int64_t now) {
    for (auto at = owned_.begin(); at != owned_.end();) {
        const auto next = std::next(at);
        if (!at->second.busy && now - at->second.idle_since_ns >= kIdleNs) release(at);
        at = next;
    }
}

void Route::save_cursors() {
    std::vector<RunProgress*> all;
    {
        const std::lock_guard lock(mutex_);
        for (auto& [run, owned] : owned_) all.push_back(owned.progress.get());
    }
    // Only this thread erases them.
    for (RunProgress* const one : all)
        if (const platform::Status saved = one->save_if_older(kSaveAge); !saved.ok()) note(saved.failure().sentence());
}

void Route::join_finished() {
    std::list<Worker> finished;
    {
        const std::lock_guard lock(mutex_);
        for (auto at = workers_.begin(); at != workers_.end();) {
            const auto next = std::next(at);
            if (at->finished) finished.splice(finished.end(), workers_, at);
            at = next;
        }
    }
    for (Worker& worker : finished) worker.thread.join();
}

/// `--accept-dead` writes into route.json.
void Route::read_orders(std::int64_t now) {
    {
        const std::lock_guard lock(mutex_);
        if (evidence_.may_refuse() || (orders_read_ns_ != 0 && now - orders_read_ns_ < kAskOthersNs)) return;
    }
    orders_read_ns_ = now;
    const auto state = read_route_state(shared_.files, directory_);
    if (!state || !state->accepted_dead) return;
    const std::lock_guard lock(mutex_);
    if (state->accepted_dead->time_since_epoch().count() <= evidence_since_us_) return;
    evidence_.lift();
    circuit_.try_now();
    changed_.notify_all();
}

/// Runs of which no segment is left: their counts go into route.json, and their cursors are deleted.
void Route::fold_finished_runs(std::int64_t now) {
    if (folded_ns_ != 0 && now - folded_ns_ < kFoldNs) return;
    folded_ns_ = now;
    const auto entries = shared_.files.list(directory_);
    if (!entries.ok()) return;
    for (const platform::DirectoryEntry& entry : entries.value()) {
        if (!entry.name.ends_with(kCursorSuffix)) continue;
        const std::string path = directory_ + "/" + entry.name;
        const auto bytes = read_whole(shared_.files, path);
        if (!bytes.ok()) continue;
        const CursorContent content = read_cursor(bytes.value());
        if (content.kind != SlotContent::Kind::good) continue;
        const std::string run = content.cursor.run;
        const auto saved = json_text::parse_rfc3339(content.cursor.saved);
        if (shared_.catalog.at_or_after(run, 0) || !saved || shared_.clock.wall() - *saved < forward_.replay_window)
            continue;
        {
            const std::lock_guard lock(mutex_);
            if (owned_.contains(run)) continue;
        }
        auto opened = CursorFile::open(shared_.files, path, run);
        if (!opened.ok() || opened.value().opening != CursorFile::Opening::owned) continue;
        const Counts counts = opened.value().file->saved().counts;
        const auto folded = change_route_state(shared_.files, directory_, state_, [&](RouteState& state) {
            if (state.folding != run) state.folded.add(counts);
            state.folding = run;
        });
        if (!folded.ok() || !opened.value().file->remove(shared_.files).ok()) continue;
        (void)change_route_state(shared_.files, directory_, state_, [](RouteState& state) { state.folding.clear(); });
        const std::lock_guard lock(mutex_);
        known_.erase(run);
    }
}

bool Route::settled() const {
    const std::lock_guard lock(mutex_);
    for (const auto& [run, owned] : owned_)
        if (owned.busy) return false;
    return pending_.empty() && assigned_.empty() && catalog_version_ == shared_.catalog.version();
}

bool Route::works() const {
    const std::lock_guard lock(mutex_);
    return circuit_.state() == Circuit::State::closed && !state_.later_version;
}

void Route::stop() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
}

bool Route::stopped() const {
    const std::lock_guard lock(mutex_);
    return std::all_of(workers_.begin(), workers_.end(), [](const Worker& worker) { return worker.finished; });
}

void Route::cancel() {
    std::vector<std::shared_ptr<Backend>> backends;
    {
        const std::lock_guard lock(mutex_);
        cancelled_ = true;
        for (const Worker& worker : workers_)
            if (worker.backend) backends.push_back(worker.backend);
        changed_.notify_all();
    }
    for (const auto& backend : backends) backend->cancel();
}

void Route::note(const std::string& sentence) {
    const std::lock_guard lock(mutex_);
    counters_.last_error = sentence;
}

RouteStatus Route::status() const {
    bool busy = false;
    bool blocked = state_.later_version;
    std::size_t of_others = 0;
    for (const auto& [run, owned] : owned_) busy = busy || owned.busy;
    for (const auto& [run, known] : known_) blocked = blocked || known.blocked;
    for (const std::string& run : pending_)
        if (const auto known = known_.find(run); known != known_.end() && known->second.of_another) ++of_others;
    const bool standby = !pending_.empty() && of_others == pending_.size();
    const Circuit::State state = circuit_.state();
    RouteStatus status;
    status.last_error = counters_.last_error;
    status.held_reason = circuit_.held_reason();
    if (blocked && status.held_reason.empty()) status.held_reason = "later_version";
    if (blocked || state == Circuit::State::held) {
        status.state = "held";
    } else if (state == Circuit::State::backing_off) {
        status.state = "backing_off";
    } else {
        status.state = busy ? "delivering" : standby ? "standby" : delayed_ ? "delayed" : "idle";
    }
    return status;
}

/// For `--status`. Whether it delivers or idles changes too often to be said at once.
void Route::write_status(std::int64_t now) {
    constexpr std::int64_t kOften = 1'000'000'000;
    if (status_written_ns_ != 0 && now - status_written_ns_ < kOften) return;
    status_written_ns_ = now;
    RouteStatus status;
    {
        const std::lock_guard lock(mutex_);
        status = this->status();
    }
    if (status == written_status_) return;
    (void)write_route_status(shared_.files, directory_, std::to_string(::getpid()), status);
    written_status_ = std::move(status);
}

RouteStats Route::stats() const {
    const RouteOnDisk disk = read_route(shared_.files, directory_);
    std::unique_lock lock(mutex_);
    RouteStats stats = counters_;
    stats.forward = forward_.name;
    stats.target = target_->description().name;
    stats.in_flight = circuit_.under_way();
    std::map<std::string, Cursor> cursors = disk.cursors;
    for (const auto& [run, owned] : owned_) cursors[run] = owned.progress->cursor();
    const RouteStatus now = status();
    stats.state = now.state;
    stats.held_reason = now.held_reason;
    lock.unlock();

    Counts counts = disk.state.folded;
    for (const auto& [run, cursor] : cursors)
        if (run != disk.state.folding) counts.add(cursor.counts);
    stats.delivered = counts.delivered;
    stats.skipped = counts.skipped;
    stats.dead = counts.dead;
    stats.lost = counts.lost;
    stats.repeated = counts.repeated;
    stats.damaged_frames = counts.damaged_frames;
    stats.dead_by_reason = counts.dead_by_reason;
    stats.lost_by_reason = counts.lost_by_reason;
    if (disk.state.dead_letters_full != 0) stats.lost_by_reason["dead_letters_full"] = disk.state.dead_letters_full;
    stats.gaps = gaps_.load();
    std::int64_t oldest = INT64_MAX;
    for (const std::string& run : shared_.catalog.runs()) {
        const auto cursor = cursors.find(run);
        const Position next = cursor == cursors.end() ? Position{} : cursor->second.next;
        const Waiting waiting = shared_.catalog.waiting(run, next.sequence);
        if (waiting.events == 0) continue;
        const auto frame = shared_.catalog.at_or_after(run, next.sequence);
        const std::uint64_t passed = frame && frame->sequence == next.sequence ? next.events : 0;
        stats.waiting += waiting.events - std::min(waiting.events, passed);
        stats.undelivered_bytes += waiting.compressed_bytes;
        oldest = std::min(oldest, waiting.oldest_time);
    }
    if (oldest != INT64_MAX)
        stats.oldest_undelivered =
            std::max(std::chrono::milliseconds(0), std::chrono::milliseconds((wall_us(shared_.clock) - oldest) / 1000));
    stats.seen = stats.delivered + stats.skipped + stats.dead + stats.lost + stats.waiting;
    const DeadLetters::Held dead = dead_letters_.held();
    stats.dead_letters = dead.letters;
    stats.dead_letter_bytes = dead.bytes;
    return stats;
}

RouteOnDisk read_route(platform::FileSystem& files, const std::string& directory) {
    RouteOnDisk found;
    found.state = read_route_state(files, directory).value_or(RouteState{});
    found.counts = found.state.folded;
    const auto entries = files.list(directory);
    if (!entries.ok()) return found;
    for (const platform::DirectoryEntry& entry : entries.value()) {
        if (!entry.name.ends_with(kCursorSuffix)) continue;
        const auto bytes = read_whole(files, directory + "/" + entry.name);
        if (!bytes.ok()) continue;
        CursorContent content = read_cursor(bytes.value());
        if (content.kind != SlotContent::Kind::good) continue;
        if (content.cursor.run != found.state.folding) found.counts.add(content.cursor.counts);
        const std::string run = content.cursor.run;
        found.cursors[run] = std::move(content.cursor);
    }
    return found;
}

}  // namespace wideline::delivery
