#include "pipeline/running_recorder.hpp"

#include <algorithm>
#include <cstdio>

#include "event/fetch_ahead.hpp"
#include "event/unknown_weight.hpp"
#include "pipeline/checked_options.hpp"
#include "pipeline/event_form.hpp"
#include "platform/blocked_signals.hpp"
#include "platform/clock.hpp"
#include "platform/entropy.hpp"
#include "platform/library_copies.hpp"
#include "platform/thread_name.hpp"

namespace wideline::detail {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLargestBatch = std::size_t{1} << 20;
constexpr std::size_t kLargestBatchOfHost = std::size_t{48} << 10;
constexpr auto kBusyPause = 1ms;
/// While nothing happens, each pause is twice the one before.
constexpr std::chrono::nanoseconds kLeastIdlePause = 5ms;
constexpr std::chrono::nanoseconds kLongestIdlePause = 125ms;
/// When so much waits and the pipeline is in a long pause, the request that adds to it ends the pause: before the
/// memory that was reserved ahead is used up, and long before an event is refused.
constexpr std::size_t kWakeBytes = std::size_t{2} << 20;
/// So long that a deadline is still a number.
constexpr std::chrono::nanoseconds kLongest = std::chrono::hours(24 * 365);
constexpr std::int64_t kWallClockEveryNs = 100'000'000;
constexpr std::int64_t kLearnEveryNs = 10'000'000;
constexpr std::int64_t kWatchEveryNs = 1'000'000'000;
constexpr std::int64_t kSaveEveryNs = 15'000'000'000;
constexpr std::int64_t kWaitForEndsNs = 20'000'000;
constexpr std::size_t kTakenBetweenLooks = 256;
/// The ratio of bytes is that of the last lines: past so many, those before count half.
constexpr std::uint64_t kManyBytes = 1 << 20;

/// Three quarters of the memory are arenas, a sixteenth counts durations by name; batches, their compression and the
/// queue before the sinks have the rest.
std::size_t arena_bytes(const Options& options) noexcept { return options.memory / 4 * 3; }
std::size_t count_bytes(const Options& options) noexcept { return options.memory / 16; }
std::size_t success_limit(const Options& options) noexcept { return arena_bytes(options) / 4 * 3; }
std::size_t error_limit(const Options& options) noexcept { return arena_bytes(options) / 10 * 9; }
/// A host's thread compresses and writes a frame at a time, between other work.
std::size_t batch_bytes(const Options& options) noexcept {
    return std::min(options.host_driven ? kLargestBatchOfHost : kLargestBatch, options.memory / 16);
}

std::uint64_t random_stream() noexcept {
    std::uint64_t stream = 0;
    platform::fill_random(&stream, sizeof stream);
    return stream;
}

/// Of the first journal; empty where there is none.
std::string journal_directory(const std::vector<SinkPtr>& sinks) {
    for (const SinkPtr& sink : sinks)
        if (const auto* const durable = dynamic_cast<const pipeline::DurableSink*>(sink.get()))
            return durable->directory();
    return {};
}

}  // namespace

/// Where the first sink that can keeps them, else memory of this process alone.
RunningRecorder::Prepared::Prepared(Options given)
    : options(pipeline::checked(std::move(given))),
      redactor(std::make_shared<redaction::Redactor>(options.redact)),
      service(pipeline::named(options.service)),
      stream(random_stream()) {
    const std::string form =
        pipeline::form_text(options, options.redact, service, sampling::names_of_rules(options.sampler));
    for (SinkPtr& sink : options.sinks) {
        sink = own(std::move(sink));
        auto* const durable = dynamic_cast<pipeline::DurableSink*>(sink.get());
        if (durable != nullptr) durable->recover_by(options.redact);
        sink->open(service);
        if (durable == nullptr) continue;
        durable_sinks.push_back(durable);
        if (arenas == nullptr) arenas = durable->make_arenas(arena_bytes(options), stream, form);
    }
    if (arenas == nullptr) arenas = std::make_unique<ArenaMemory>(arena_bytes(options));
}

RunningRecorder::RunningRecorder(Options options) : RunningRecorder(Prepared(std::move(options))) {}

RunningRecorder::RunningRecorder(Prepared prepared)
    : RecorderCore(std::move(prepared.arenas), prepared.options.limits,
                   sampling::names_of_rules(prepared.options.sampler).size(), count_bytes(prepared.options)),
      options_(std::move(prepared.options)),
      durable_sinks_(std::move(prepared.durable_sinks)),
      service_(std::move(prepared.service)),
      rates_file_(journal_directory(options_.sinks), options_.service.name, platform::FileSystem::real()),
      samplers_(options_.sampler, options_.error_when, rates_file_.read(),
                pipeline::hidden_path(journal_directory(options_.sinks), "budgets", options_.service.name)),
      most_waiting_(success_limit(options_) / 16 * 9),
      most_in_batch_(success_limit(options_) / 3),
      wake_bytes_(std::min(kWakeBytes, success_limit(options_) / 4)),
      retains_(options_.retain_dropped.bytes != 0),
      success_relief_(success_limit(options_) / 8 * 5, success_limit(options_)),
      error_relief_((success_limit(options_) + error_limit(options_)) / 2, error_limit(options_)),
      encoder_(std::in_place, options_, service_, samplers_.newest().rules(),
               durable_sinks_.empty() ? pipeline::EventEncoder::Pairs::ignored : pipeline::EventEncoder::Pairs::noted,
               prepared.redactor),
      batch_(std::in_place, prepared.stream, batch_bytes(options_) + batch_bytes(options_) / 8),
      batch_bytes_(batch_bytes(options_)),
      retained_(options_.retain_dropped.bytes - options_.retain_dropped.bytes / kNotSeenYet,
                options_.retain_dropped.seconds),
      frame_store_(*this, waiting_bytes_),
      losses_(samplers_.newest().rules().size()),
      reported_away_(samplers_.newest().rules().size()),
      totals_(names(), count_blocks()),
      redactor_(std::move(prepared.redactor)) {
    totals_.redact_by(redactor_);
    platform::refresh_wall_clock();
    home().defaults = options_.defaults;
    set_enriches(static_cast<bool>(options_.enrich));
    if (options_.cpu_time) time_cpu();
    set_watched_keys(samplers_.newest().keys());
    if (!options_.watch.empty()) watched_file_.emplace(options_.watch);
    for (pipeline::DurableSink* const sink : durable_sinks_) sink->wait_in(frame_store_);
    hear_trouble();
    if (!options_.host_driven) {
        const platform::BlockedSignals for_the_thread;
        thread_ = std::thread([this] { run(); });
        thread_id_ = thread_.get_id();
    }
    begin();
}

void RunningRecorder::run() noexcept {
    platform::name_this_thread("wideline");
    std::uint64_t flushed = 0;
    std::uint64_t started_before = 0;
    std::chrono::nanoseconds idle_pause = kLeastIdlePause;
    std::unique_lock lock(mutex_);
    for (;;) {
        const std::uint64_t wanted = flushes_wanted_;
        const bool stopping = stopping_;
        lock.unlock();

        home().arenas.reserve_ahead();
        const bool busy = drain();
        const std::int64_t now = platform::monotonic_ns();
        const auto age = std::chrono::nanoseconds(now - batch_began_ns_);
        const bool due = wanted != flushed || age >= options_.flush_interval;
        if (due && !stopping && !in_batch_.empty()) deliver();
        flushed = wanted;
        const bool settled = retry();
        merge_some();
        keep_house(now);
        if (stopping) finish();

        const std::uint64_t started = started_requests();
        const bool idle = !busy && settled && started == started_before;
        started_before = started;

        lock.lock();
        if (settled) flushes_done_ = wanted;
        stopped_ = stopping;
        done_.notify_all();
        if (stopping) return;
        if (stopping_ || flushes_wanted_ != wanted) continue;
        idle_pause = idle ? std::min(2 * idle_pause, longest_idle_pause()) : kLeastIdlePause;
        in_long_pause_.store(idle_pause > kLeastIdlePause, std::memory_order_relaxed);
        wake_.wait_for(lock, busy ? kBusyPause : idle_pause);
        in_long_pause_.store(false, std::memory_order_relaxed);
    }
}

/// What is due from time to time, and short.
void RunningRecorder::keep_house(std::int64_t now) noexcept {
    home().arenas.memory().note_alive(now);
    learn_if_due();
    if (now - wall_clock_read_ns_ < kWallClockEveryNs) return;
    wall_clock_read_ns_ = now;
    platform::refresh_wall_clock();
    if (watched_file_ && now - watched_ns_ >= kWatchEveryNs) {
        watched_ns_ = now;
        look_at_watched_file();
    }
    say_wrong_use_once();
}

/// The last turn.
void RunningRecorder::finish() noexcept {
    (void)drain();
    take_open_requests();
    losses_.end_soon();
    if (!in_batch_.empty() || was_sampled_away_since_last() || totals_have_news() || losses_.any_news()) deliver();
    (void)retry();
    save_rates();
    close_sinks();
    retained_.release_all([this](OpenEvent& event) { give_back(event); });
    settle_what_was_taken();  // what still waits lies in arenas: the next start writes it
}

std::uint64_t RunningRecorder::started_requests() noexcept {
    std::uint64_t started = 0;
    for_each_lane([&](const Lane& lane) { started += lane.started.get(); });
    return started;
}

/// A batch is delivered on time, and one that begins in the pause only a little late.
std::chrono::nanoseconds RunningRecorder::longest_idle_pause() const noexcept {
    std::chrono::nanoseconds longest = options_.flush_interval;
    if (!in_batch_.empty()) longest -= std::chrono::nanoseconds(platform::monotonic_ns() - batch_began_ns_);
    return std::clamp(longest, kLeastIdlePause, kLongestIdlePause);
}

/// Takes what every lane has kept so far, each lane's in the order in which its requests ended.
bool RunningRecorder::drain() noexcept {
    const std::int64_t now = platform::monotonic_ns();
    OpenEvent* first = take_kept();
    const bool any = first != nullptr;
    std::size_t taken = 0;
    if (reported_away_.size() < samplers_.newest().rules().size()) take_in_rules();
    while (first != nullptr) {
        take_first_of(first);
        if (++taken % kTakenBetweenLooks == 0) learn_if_due();  // in a burst above all
    }
    return (retains_ && look_at_dropped(now)) || any;
}

void RunningRecorder::take_first_of(OpenEvent*& list) noexcept {
    OpenEvent& event = *list;
    list = event.next;
    if (list != nullptr) fetch_ahead(*list);
    if (retains_ && event.fate().outcome == Outcome::error) retained_.note_failure(event);
    take(event);
}

/// What all lanes have kept. What they have lost until now was lost while these events ended.
OpenEvent* RunningRecorder::take_kept() noexcept {
    std::size_t events = 0;
    OpenEvent* const first = take_lists(&Lane::kept_events, events);
    look_at_losses(events);
    return first;
}

void RunningRecorder::look_at_losses(std::size_t events) noexcept {
    std::uint64_t lost = 0;
    for_each_lane(
        [&](const Lane& lane) { lost += lane.refused.get() + lane.stalled.get() + lane.without_memory.get(); });
    if (losses_.begin_look(lost)) for_each_lane([this](const Lane& lane) { losses_.look_at(lane); });
    losses_.end_look(events);
}

/// What all lanes have in one of their lists, and how many events they are.
OpenEvent* RunningRecorder::take_lists(std::atomic<OpenEvent*> Lane::*list, std::size_t& events) noexcept {
    OpenEvent* first = nullptr;
    // Under the lock that a new thread's first request needs, so nothing is encoded or delivered here.
    for_each_lane([&](Lane& lane) {
        OpenEvent* newest = (lane.*list).exchange(nullptr, std::memory_order_acquire);
        while (newest != nullptr) {
            OpenEvent* const before = newest->next;
            newest->next = first;
            first = newest;
            ++events;
            newest = before;
        }
    });
    return first;
}

/// After what was kept: an event that was dropped before one that failed is found together with it. What ended before
/// `now` may still be wanted by a failure that ended before `now`, so by that time it is judged whether it is too old.
bool RunningRecorder::look_at_dropped(std::int64_t now) noexcept {
    std::size_t events = 0;
    OpenEvent* first = take_lists(&Lane::dropped_events, events);
    const bool any = first != nullptr;
    const auto give = [this](OpenEvent& event) { give_back(event); };
    const auto keep = [this](OpenEvent& event) {
        event.small_arena->enter(Stage::kept);
        take(event);
    };
    retained_.take_wanted(keep);
    while (first != nullptr) {
        OpenEvent* const next = first->next;
        dropped_bytes_.fetch_sub(first->waiting_bytes, std::memory_order_relaxed);
        if (retained_.wants(*first))
            keep(*first);
        else if (!retained_.hold(*first))
            give(*first);
        first = next;
    }
    retained_.release_old(now, give);
    while (waiting_bytes_.load(std::memory_order_relaxed) > most_waiting_ && retained_.release_oldest(give)) {
    }
    return any;
}

/// A reload has brought rules that events may name from now on.
void RunningRecorder::take_in_rules() noexcept {
    try {
        encoder_->name_rules(samplers_.newest().rules());
        losses_.make_room_for(samplers_.newest().rules().size());
        reported_away_.resize(samplers_.newest().rules().size());
    } catch (const std::bad_alloc&) {
        // The events that name them are lost for want of memory, and counted; the next look tries again.
    }
}

/// At the end: what is still open is written as far as it came. A request that is ending at this moment comes by
/// itself; it is waited for, but not for long.
void RunningRecorder::take_open_requests() noexcept {
    if (in_flight() == 0) return enter(Phase::over);
    enter(Phase::finishing);
    const std::int64_t now = platform::monotonic_ns();
    for (;;) {
        finish_open_ones([&](OpenEvent& event) { take_unfinished(event, now); });
        (void)drain();
        if (in_flight() == 0 || platform::monotonic_ns() - now >= kWaitForEndsNs) break;
        std::this_thread::sleep_for(100us);
    }
    enter(Phase::over);
    (void)drain();
}

/// Its object may refer to it for as long as it likes, so the event is never given back.
void RunningRecorder::take_unfinished(OpenEvent& event, std::int64_t now) noexcept {
    RequestFate& fate = event.fate();
    fate = RequestFate{};
    fate.duration_ns = std::max<std::int64_t>(0, now - event.small_arena->start_ns);
    fate.outcome = Outcome::unfinished;
    fate.truncated = static_cast<std::uint32_t>(event.truncated());
    event.waiting_bytes = 0;
    with_lane([&](Lane& lane) noexcept {
        lane.kept.raise();
        lane.counts.count(names().number(event.name()), true, fate.duration_ns, count_blocks());
    });
    take(event);
}

void RunningRecorder::take(OpenEvent& event) noexcept {
    const std::size_t before = batch_->lines().size();
    const bool retroactive = event.fate().rule == RequestFate::kRetroactive;
    try {
        if (!retroactive && event.fate().rule >= reported_away_.size()) throw std::bad_alloc();  // see take_in_rules
        const bool within = event.keep_within_arena();
        const pipeline::Encoded found = encoder_->encode(event, batch_->lines());
        if (!within || found.damaged) damaged_events_.raise();
        line_bytes_ += batch_->lines().size() - before;
        memory_bytes_ += event.arena().bytes() - kFirstRecord;
        if (batch_->lines().size() > batch_bytes_ && before != 0) {
            // One line too many: the frame ends before it, and the line begins the next one.
            overflow_.assign(batch_->lines().view().substr(before));
            batch_->lines().cut(before);
            deliver();
            batch_->lines().put(overflow_);
        }
        if (in_batch_.empty()) batch_began_ns_ = platform::monotonic_ns();
        in_batch_.push_back(&event);
        if (retroactive)
            ++retroactive_in_batch_;
        else
            losses_.took(event.fate().rule);
        batch_memory_ += event.waiting_bytes;
        event.fate().frame = batch_->sequence() + 1;  // before the frame is written: see journal/recovery.cpp
        batch_->count(event, encoder_->pairs());
        if (found.truncated != 0) truncated_events_.raise();
        if (found.replaced != 0) invalid_utf8_.raise(found.replaced);
        if (found.not_finite != 0) not_finite_.raise(found.not_finite);
        if (encoder_->taken().values() != 0) count(encoder_->taken());
        // Small events fill their memory long before a batch: the queue would be full of what could be delivered.
        if (batch_memory_ > most_in_batch_) deliver();
    } catch (const std::bad_alloc&) {
        batch_->lines().cut(in_batch_.empty() ? 0 : std::min(before, batch_->lines().size()));
        (retroactive ? lost_retroactive_ : out_of_memory_).raise();
        if (!retroactive)
            losses_.count(event.fate().rule, LossReason::no_memory, is_failure(event.fate().outcome),
                          known_weight(event.fate()));
        if (is_failure(event.fate().outcome)) lost_errors_.raise();
        give_back(event);
    }
}

void RunningRecorder::give_back(OpenEvent& event) noexcept {
    waiting_bytes_.fetch_sub(event.waiting_bytes, std::memory_order_relaxed);
    if (event.fate().outcome == Outcome::unfinished) return event.forget();  // its Request still refers to it
    unpin(event, nullptr);
}

/// Fixes the rates for the requests that end from now on.
void RunningRecorder::learn_if_due() noexcept {
    const std::int64_t now = platform::monotonic_ns();
    if (now - learned_ns_ < kLearnEveryNs) return;
    learned_ns_ = now;
    if (memory_bytes_ > kManyBytes) {
        memory_bytes_ /= 2;
        line_bytes_ /= 2;
    }
    const double ratio = memory_bytes_ == 0 ? 1 : static_cast<double>(line_bytes_) / static_cast<double>(memory_bytes_);
    try {
        samplers_.learned().adjust(now, ratio);
        if (const std::string trouble = samplers_.learned().take_trouble(); !trouble.empty())
            set_error(trouble.c_str());
    } catch (const std::bad_alloc&) {
        // The rates stay as they are until the next look.
    }
    if (saved_ns_ == 0) saved_ns_ = now;
    if (now - saved_ns_ < kSaveEveryNs) return;
    saved_ns_ = now;
    save_rates();
}

void RunningRecorder::save_rates() noexcept {
    if (rates_file_.exists_nowhere()) return;
    try {
        if (const std::string rates = samplers_.learned().save(); !rates.empty()) rates_file_.write(rates);
    } catch (const std::bad_alloc&) {
        // Saved the next time.
    }
}

void RunningRecorder::look_at_watched_file() noexcept {
    try {
        const pipeline::WatchedFile::Changed changed = watched_file_->look();
        if (changed.redaction) redact_by(*changed.redaction);
        if (changed.sampler) reload(*changed.sampler);
    } catch (const std::exception& failure) {
        reload_errors_.fetch_add(1, std::memory_order_relaxed);
        set_error(failure.what());
        std::fprintf(stderr, "wideline: %s\n", failure.what());
    }
}

/// What is encoded from now on is redacted so. Throws what Redactor does, and std::bad_alloc.
void RunningRecorder::redact_by(const Redaction& redaction) {
    auto redactor = std::make_shared<const redaction::Redactor>(redaction);
    {
        const std::lock_guard lock(reload_mutex_);
        reloaded_redactions_.push_back(redaction);
        newest_redaction_.store(&reloaded_redactions_.back(), std::memory_order_release);
        note_form(samplers_.newest().rules());
    }
    encoder_->redact_by(redactor);
    totals_.redact_by(redactor);
    const std::lock_guard lock(mutex_);
    redactor_ = std::move(redactor);
}

std::shared_ptr<const redaction::Redactor> RunningRecorder::redactor() {
    const std::lock_guard lock(mutex_);
    return redactor_;
}

Redaction RunningRecorder::newest_redaction() const {
    const Redaction* const newest = newest_redaction_.load(std::memory_order_acquire);
    return newest != nullptr ? *newest : options_.redact;
}

/// What the next process needs to encode what this one leaves. Under reload_mutex_.
void RunningRecorder::note_form(std::span<const std::string> rules) {
    home().arenas.memory().note_form(pipeline::form_text(options_, newest_redaction(), service_, rules));
}

void RunningRecorder::count(const redaction::Taken& taken) noexcept {
    const std::lock_guard lock(mutex_);
    try {
        for (const std::uint16_t rule : taken.rules()) ++redacted_[redactor_->rules()[rule]];
    } catch (const std::bad_alloc&) {
        // What there is no memory for is not counted.
    }
}

bool RunningRecorder::reload(const TailSampler& sampler) noexcept {
    if (disowned()) return successor() != nullptr && successor()->reload(sampler);
    if (closed()) return false;
    try {
        const std::lock_guard lock(reload_mutex_);
        reloaded_.push_back(sampler);
        auto compiled = samplers_.compile(sampler);
        make_room_for_rules(compiled->rules().size());
        note_form(compiled->rules());
        samplers_.make_newest(std::move(compiled));
        set_watched_keys(samplers_.newest().keys());
        newest_sampler_.store(&reloaded_.back(), std::memory_order_release);
        return true;
    } catch (const std::exception& failure) {
        reload_errors_.fetch_add(1, std::memory_order_relaxed);
        set_error(failure.what());
        return false;
    }
}

void RunningRecorder::say_wrong_use_once() noexcept {
    const auto say = [](bool& said, std::uint64_t count, const char* sentence) {
        if (said || count == 0) return;
        said = true;
        std::fputs(sentence, stderr);
    };
    say(said_late_writes_, late_writes.load(std::memory_order_relaxed),
        "wideline: a field was written after its request had ended and is in no event; Stats::late_writes counts "
        "them\n");
    say(said_interleaved_, interleaved.load(std::memory_order_relaxed),
        "wideline: requests that share a thread were interleaved, so fields may be on the wrong event; "
        "Stats::interleaved counts them, and docs/async.md says what to write instead\n");
}

void RunningRecorder::say_copies() noexcept {
    try {
        const std::vector<std::string> files = platform::files_with_the_library();
        if (files.size() < 2) return;
        std::string sentence =
            "this process has several copies of wideline, and what is written with one is not in the events of "
            "another: in ";
        for (const std::string& file : files) sentence += (&file == files.data() ? "" : ", ") + file;
        sentence += "; docs/plugins.md says how to have one";
        std::fprintf(stderr, "wideline: %s\n", sentence.c_str());
        set_error(sentence.c_str());
    } catch (const std::bad_alloc&) {
        // It is advice, and the service begins without it.
    }
}

void RunningRecorder::set_error(const char* what) noexcept {
    const std::lock_guard lock(mutex_);
    try {
        last_error_ = what;
    } catch (const std::bad_alloc&) {
        last_error_.clear();
    }
}

bool RunningRecorder::flush(std::chrono::nanoseconds timeout) noexcept {
    if (disowned()) return flush_in_child(timeout);
    if (options_.host_driven) return flush_by_host(timeout);
    if (std::this_thread::get_id() == thread_id_) return false;
    std::unique_lock lock(mutex_);
    if (stopped_) return true;
    const std::uint64_t mine = ++flushes_wanted_;
    wake_.notify_all();
    const auto deadline =
        std::chrono::steady_clock::now() + std::clamp<std::chrono::nanoseconds>(timeout, 0ns, kLongest);
    return done_.wait_until(lock, deadline, [&] { return flushes_done_ >= mine || stopped_; });
}

void RunningRecorder::stop() noexcept {
    if (ended_.exchange(true)) return;
    close();
    uninstall();
    if (disowned()) return give_up_in_child();
    if (times_cpu()) detail::cpu_timed_recorders.fetch_sub(1, std::memory_order_relaxed);
    if (options_.host_driven) {
        if (!finish_by_host()) return;
    } else {
        std::unique_lock lock(mutex_);
        stopping_ = true;
        wake_.notify_all();
        const bool on_own_thread = std::this_thread::get_id() == thread_id_;
        const auto timeout = std::min<std::chrono::milliseconds>(
            options_.shutdown_timeout, std::chrono::duration_cast<std::chrono::milliseconds>(kLongest));
        if (on_own_thread || !done_.wait_for(lock, timeout, [&] { return stopped_; })) {
            // A sink does not come back. The thread, its sinks and this object are left to it.
            return thread_.detach();
        }
    }
    if (thread_.joinable()) thread_.join();
    encoder_.reset();
    batch_.reset();
    in_batch_ = {};
    {
        const std::lock_guard lock(mutex_);
        durable_sinks_.clear();
    }
    options_.sinks = {};
    release_memory();
}

}  // namespace wideline::detail
