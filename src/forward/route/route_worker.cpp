// What a route's threads do: one of them has one run, and sends its batches one after the other.
#include <algorithm>

#include <fmt/format.h>

#include "encoding/rfc3339.hpp"
#include "forward/batch_token.hpp"
#include "forward/masked.hpp"
#include "forward/route/route.hpp"
#include "forward/wire/json_edit.hpp"
#include "read/event_line.hpp"
#include "read/lines.hpp"

namespace wideline::delivery {
namespace {

constexpr std::chrono::seconds kIdleThread{5};
constexpr std::chrono::seconds kTurn{1};
constexpr std::chrono::milliseconds kSaveAge{100};
constexpr std::chrono::seconds kDiskPause{1};
constexpr std::uint64_t kMostUnexplained = 5;
constexpr std::size_t kMostAnswer = 512;

std::string kind_name(Verdict::Kind kind) {
    switch (kind) {
        case Verdict::delivered:
            return "delivered";
        case Verdict::data:
            return "data";
        case Verdict::too_large:
            return "too_large";
        case Verdict::busy:
            return "busy";
        case Verdict::unavailable:
            return "unavailable";
        case Verdict::configuration:
            return "configuration";
    }
    return {};
}

std::string sentence_of(const Verdict& verdict) {
    std::string sentence = kind_name(verdict.kind);
    if (verdict.status != 0) sentence += fmt::format(", status {}", verdict.status);
    if (!verdict.code.empty()) sentence += ", code " + verdict.code;
    if (!verdict.answer.empty()) sentence += ": " + verdict.answer;
    return sentence;
}

/// Events of a part, as a backend takes them.
class ParcelText {
public:
    ParcelText(const Batch& batch, const std::vector<std::uint32_t>& events, const std::vector<std::string>& omit) {
        const bool consecutive = events.back() - events.front() + 1 == events.size();
        if (consecutive && omit.empty()) {
            const Batch::Event& last = batch.events[events.back()];
            lines_ = std::string_view(batch.text)
                         .substr(batch.events[events.front()].offset,
                                 last.offset + last.bytes + 1 - batch.events[events.front()].offset);
        } else {
            for (const std::uint32_t event : events) {
                if (omit.empty()) {
                    text_.append(batch.line(event));
                } else {
                    append_without(batch.line(event), omit, text_);
                }
                text_.push_back('\n');
            }
            lines_ = text_;
        }
        for (std::string_view rest = lines_; !rest.empty();) {
            const std::size_t end = rest.find('\n');
            events_.push_back(rest.substr(0, end));
            rest.remove_prefix(end + 1);
        }
    }
    ParcelText(const ParcelText&) = delete;
    ParcelText& operator=(const ParcelText&) = delete;

    [[nodiscard]] std::string_view lines() const noexcept { return lines_; }
    [[nodiscard]] const std::vector<std::string_view>& events() const noexcept { return events_; }

private:
    std::string text_;
    std::string_view lines_;
    std::vector<std::string_view> events_;
};

std::uint64_t number_of(const std::string& run) {
    return run.starts_with(kNamePrefix) ? 0 : std::strtoull(run.c_str(), nullptr, 16);
}

}  // namespace

void Route::work(Worker& worker) {
    std::unique_lock lock(mutex_);
    for (;;) {
        ++idle_workers_;
        changed_.wait_for(lock, kIdleThread, [&] { return stopping_ || !assigned_.empty(); });
        --idle_workers_;
        if (assigned_.empty()) break;
        const std::string run = assigned_.front();
        assigned_.pop_front();
        OwnedRun& owned = owned_.at(run);  // Stays there while it is busy.
        lock.unlock();
        try {
            deliver_run(worker, run, owned);
        } catch (const std::exception& error) {  // No memory; a regular expression too complex for a line.
            note(error.what());
            (void)wait(kDiskPause);
        }
        lock.lock();
        owned.busy = false;
        owned.idle_since_ns = shared_.clock.monotonic_ns();
        lock.unlock();
        shared_.progressed();
        lock.lock();
    }
    worker.finished = true;
    lock.unlock();
    shared_.progressed();
}

void Route::deliver_run(Worker& worker, const std::string& run, OwnedRun& owned) {
    RunProgress& progress = *owned.progress;
    Packer packer(shared_.files, shared_.clock, shared_.catalog, choice_, rules_, owned.suspect_frame);
    packer.set_on_moved(shared_.look_again);
    const std::int64_t began = shared_.clock.monotonic_ns();
    while (!shared_.memory.try_take(this, rules_.bytes))
        if (!wait(std::chrono::milliseconds(20))) return;
    const MemoryBudget::Taken taken{shared_.memory, this, rules_.bytes};
    for (;;) {
        const Cursor cursor = progress.cursor();
        Batch batch = packer.pack(cursor);
        if (!batch.moves()) break;
        if (std::exchange(owned.resumed, false) && cursor.under_way)
            for (Batch::Event& event : batch.events) event.repeated = event.repeated || event.at < *cursor.under_way;
        if (!batch.problem.empty()) note(batch.problem);
        if (!send_batch(worker, progress, batch)) break;
        gaps_ += batch.gaps_counted;
        bool hurry = false;
        bool others = false;
        {
            const std::lock_guard lock(mutex_);
            if (stopping_) break;
            hurry = hurry_;
            others = pending_.size() > owned_.size();
        }
        if (!readiness(shared_.catalog, shared_.clock, run, progress.cursor(), rules_, hurry).ready) break;
        if (others && std::chrono::nanoseconds(shared_.clock.monotonic_ns() - began) >= kTurn) break;
    }
}

bool Route::wait(std::chrono::nanoseconds time) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, time, [&] { return stopping_; });
    return !stopping_;
}

bool Route::wait_for_admission(std::uint64_t batch) {
    constexpr std::chrono::nanoseconds kLook = std::chrono::seconds(1);
    std::unique_lock lock(mutex_);
    for (;;) {
        if (stopping_) return false;
        const std::int64_t now = shared_.clock.monotonic_ns();
        const Circuit::Admission admission = circuit_.admit(batch, now);
        if (admission.admitted) return true;
        const std::chrono::nanoseconds left(admission.ask_again ? *admission.ask_again - now : kLook.count());
        changed_.wait_for(lock, std::clamp(left, std::chrono::nanoseconds(1000), kLook));
    }
}

bool Route::send_batch(Worker& worker, RunProgress& progress, const Batch& batch) {
    std::vector<std::uint32_t> sizes;
    for (const Batch::Event& event : batch.events) sizes.push_back(event.bytes);
    Bisection bisection(std::move(sizes));
    BatchProgress behind(batch, bisection);
    if (batch.events.empty()) {
        progress.change([&](Cursor& cursor) { return behind.advance(cursor); });
        if (const auto saved = progress.save_if_older(kSaveAge); !saved.ok()) note(saved.failure().sentence());
        return true;
    }
    // After a kill the same batch is cut again, and has the same token.
    progress.change([&](Cursor& cursor) {
        if (!batch.fills) cursor.under_way = batch.end;
    });
    if (const auto saved = progress.save(RunProgress::Depth::process); !saved.ok()) note(saved.failure().sentence());

    std::uint64_t id = 0;
    {
        const std::lock_guard lock(mutex_);
        id = next_batch_++;
        circuit_.enter(id, batch.oldest_time);
        ++counters_.batches;
    }
    struct Leave {
        Route& route;
        std::uint64_t id;
        ~Leave() {
            const std::lock_guard lock(route.mutex_);
            route.circuit_.gave_up(id);
            route.circuit_.leave(id);
            route.changed_.notify_all();
        }
    } const leave{*this, id};

    const std::string run = progress.cursor().run;
    std::uint64_t successes_before = 0;
    while (!bisection.finished()) {
        if (!wait_for_admission(id)) return false;
        LearnedLimits limits;
        {
            const std::lock_guard lock(mutex_);
            limits = limits_;
            if (bisection.attempts() == 0) successes_before = circuit_.successes();
        }
        const std::vector<std::uint32_t>& events = bisection.next(limits);
        const ParcelText text(batch, events, target_->description().omit);
        const std::string token = batch_token(salt_, text.lines());
        const std::int64_t sent = shared_.clock.monotonic_ns();
        Verdict verdict =
            ask(worker, {text.events(), text.lines(), token, number_of(run), batch.events[events.front()].at.sequence});
        const std::chrono::nanoseconds took(shared_.clock.monotonic_ns() - sent);
        verdict.answer = masked(std::move(verdict.answer), target_->description().secrets);
        if (verdict.answer.size() > kMostAnswer) verdict.answer.resize(kMostAnswer);
        {
            const std::lock_guard lock(mutex_);
            if (cancelled_ && verdict.kind != Verdict::delivered) return false;
        }
        // An answer that nobody understands, again and again, while the target takes others: it is about these events.
        if (verdict.kind == Verdict::unavailable && verdict.status != 0 && verdict.events.empty() &&
            bisection.unexplained() + 1 >= kMostUnexplained) {
            std::uint64_t successes = 0;
            {
                const std::lock_guard lock(mutex_);
                successes = circuit_.successes();
            }
            if (successes > successes_before ||
                (worker.backend && worker.backend->probe(forward_.retry.request_timeout).kind == Verdict::delivered))
                verdict.kind = Verdict::data;
        }
        const Bisection::Step step = bisection.take(verdict, limits);
        {
            const std::lock_guard lock(mutex_);
            limits_.bytes = std::min(limits_.bytes, limits.bytes);
        }
        answered(id, step, bisection.refusals().empty(), took);
        using Then = Bisection::Step::Then;
        if (step.then == Then::hold || (step.then == Then::back_off && step.verdict.kind == Verdict::unavailable))
            drop_backend(worker);
        std::string reason;
        if (step.then == Then::back_off && out_of_patience(batch, bisection, step.verdict, reason))
            bisection.give_up(reason, step.verdict);
        if (!bury(batch, bisection, behind, progress, id, took)) return false;
        std::uint64_t in_a_row = 0;
        {
            const std::lock_guard lock(mutex_);
            in_a_row = evidence_.in_a_row();
        }
        progress.change([&](Cursor& cursor) {
            cursor.refused_in_a_row = in_a_row;
            return behind.advance(cursor);
        });
        if (const auto saved = progress.save_if_older(kSaveAge); !saved.ok()) note(saved.failure().sentence());
        shared_.progressed();
    }
    return true;
}

void Route::answered(std::uint64_t id, const Bisection::Step& step, bool all_accepted, std::chrono::nanoseconds took) {
    using Then = Bisection::Step::Then;
    const std::lock_guard lock(mutex_);
    const std::int64_t now = shared_.clock.monotonic_ns();
    if (step.halved) ++counters_.bisections;
    if (step.delivered != 0) evidence_.accepted();
    if (step.then != Then::go_on) {
        counters_.last_error = sentence_of(step.verdict);
        ++counters_.retries[kind_name(step.verdict.kind)];
    }
    switch (step.then) {
        case Then::go_on:
            if (all_accepted) circuit_.worked(id, now, took);  // Else the evidence decides, in bury().
            break;
        case Then::back_off:
            circuit_.failed(id, now, step.verdict.retry_after, step.verdict.kind == Verdict::busy);
            break;
        case Then::hold:
            circuit_.refused_us(id, now, sentence_of(step.verdict));
            break;
    }
    changed_.notify_all();
}

/// Whether a failure is the last that the retry policy allows, and which of its ends came.
bool Route::out_of_patience(const Batch& batch, const Bisection& bisection, const Verdict& verdict,
                            std::string& reason) {
    const Retry& retry = forward_.retry;
    reason = "attempts";
    const auto& never = retry.not_retried;
    if (std::find(never.begin(), never.end(), kind_name(verdict.kind)) != never.end()) return true;
    if (retry.maximum_attempts != 0 && bisection.attempts() >= retry.maximum_attempts) return true;
    if (retry.maximum_age.count() == 0) return false;
    reason = "age";
    read::EventLine reader({"timestamp"});
    (void)reader.read(batch.line(bisection.newest()));
    const read::JsonText text = reader.values()[0];
    if (text.size() < 2) return false;
    const auto time = json_text::parse_rfc3339(text.substr(1, text.size() - 2));
    return time && shared_.clock.wall() - *time > retry.maximum_age;
}

/// Writes what was refused, and waits until that could be done. What the evidence is against goes on waiting.
bool Route::bury(const Batch& batch, Bisection& bisection, BatchProgress& behind, RunProgress& progress,
                 std::uint64_t id, std::chrono::nanoseconds took) {
    const std::vector<Refusal>& refusals = bisection.refusals();
    if (refusals.empty()) return true;
    std::vector<DeadLetter> letters;
    {
        const std::lock_guard lock(mutex_);
        for (const Refusal& refusal : refusals) {
            const bool by_policy = refusal.reason == "attempts" || refusal.reason == "age";
            if (!by_policy && !evidence_.may_refuse()) break;
            if (!by_policy) {
                evidence_.refused();
                evidence_since_us_ = shared_.clock.wall().time_since_epoch().count();
            }
            const Batch::Event& event = batch.events[refusal.event];
            letters.push_back({batch.line(refusal.event),
                               refusal.reason,
                               refusal.verdict.answer,
                               refusal.verdict.status,
                               refusal.verdict.code,
                               refusal.attempts,
                               {},
                               event.at.sequence});
            counters_.last_error = sentence_of(refusal.verdict);
        }
        const std::int64_t now = shared_.clock.monotonic_ns();
        if (letters.size() < refusals.size()) {
            circuit_.refused_us(id, now, "everything_refused");
            ++counters_.retries["everything_refused"];
        } else if (circuit_.is_under_way(id)) {
            circuit_.worked(id, now, took);
        }
    }
    const std::string run = progress.cursor().run;
    for (DeadLetter& letter : letters) letter.run = run;
    while (!letters.empty()) {
        const auto written = dead_letters_.write(letters);
        if (written.ok()) break;
        note(written.failure().sentence());
        if (!wait(kDiskPause)) return false;
    }
    for (std::size_t i = 0; i < letters.size(); ++i) behind.note_refusal(refusals[i].event, refusals[i].reason);
    bisection.bury(letters.size());
    return true;
}

Verdict Route::ask(Worker& worker, const Parcel& parcel) {
    Verdict refusal;
    const std::shared_ptr<Backend> backend = connect(worker, refusal);
    if (!backend) return refusal;
    const std::int64_t sent = shared_.clock.monotonic_ns();
    Verdict verdict = backend->send(parcel, forward_.retry.request_timeout);
    const double seconds = static_cast<double>(shared_.clock.monotonic_ns() - sent) / 1e9;
    const std::lock_guard lock(mutex_);
    counters_.request_bytes += parcel.lines.size();
    counters_.request_seconds_sum += seconds;
    const auto* const bound = std::lower_bound(std::begin(kRequestSeconds), std::end(kRequestSeconds), seconds);
    ++counters_.request_seconds[static_cast<std::size_t>(bound - std::begin(kRequestSeconds))];
    return verdict;
}

std::shared_ptr<Backend> Route::connect(Worker& worker, Verdict& refusal) {
    if (worker.backend) return worker.backend;
    try {
        std::shared_ptr<Backend> made = target_->connect(forward_.retry.connect_timeout);
        const std::lock_guard lock(mutex_);
        if (!cancelled_) return worker.backend = std::move(made);
    } catch (const std::exception& error) {
        refusal.kind = Verdict::configuration;
        refusal.answer = error.what();
    }
    return nullptr;
}

void Route::drop_backend(Worker& worker) {
    const std::lock_guard lock(mutex_);
    worker.backend.reset();
}

}  // namespace wideline::delivery
