#include "forward/route/bisection.hpp"

#include <algorithm>
#include <map>
#include <numeric>

namespace wideline::delivery {

Bisection::Bisection(std::vector<std::uint32_t> bytes) : bytes_(std::move(bytes)), done_(bytes_.size(), Done::no) {
    std::vector<std::uint32_t> all(bytes_.size());
    std::iota(all.begin(), all.end(), 0U);
    push(std::move(all), 0);
}

void Bisection::push(std::vector<std::uint32_t> events, std::uint64_t attempts) {
    if (!events.empty()) parts_.push_back({std::move(events), attempts, 0, false, false});
}

const std::vector<std::uint32_t>& Bisection::next(const LearnedLimits& limits) {
    std::vector<std::uint32_t>& events = parts_.back().events;
    std::size_t count = 0;
    std::uint64_t bytes = 0;
    while (count < events.size() && count < limits.events) {
        bytes += bytes_[events[count]] + 1;
        if (bytes > limits.bytes && count != 0) break;
        ++count;
    }
    if (count < events.size() && count != 0) {
        std::vector<std::uint32_t> first(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(count));
        events.erase(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(count));
        parts_.push_back({std::move(first), parts_.back().attempts, 0, parts_.back().guessed, false});
    }
    return parts_.back().events;
}

void Bisection::settle(std::uint32_t event, Done done) {
    done_[event] = done;
    while (settled_ < done_.size() && done_[settled_] != Done::no) ++settled_;
}

void Bisection::refuse(std::uint32_t event, std::string reason, const Verdict& verdict, std::uint64_t attempts) {
    Refusal refusal{event, std::move(reason), verdict, attempts};
    refusal.verdict.events.clear();
    refusals_.push_back(std::move(refusal));
}

Bisection::Step Bisection::take(const Verdict& verdict, LearnedLimits& limits) {
    Part part = std::move(parts_.back());
    parts_.pop_back();
    ++part.attempts;
    Step step;
    step.verdict = verdict;
    if (!verdict.events.empty()) return take_each(std::move(part), verdict);
    switch (verdict.kind) {
        case Verdict::delivered:
            for (const std::uint32_t event : part.events) settle(event, Done::delivered);
            step.delivered = part.events.size();
            // It was named as bad, and is not.
            if (part.suspect && !parts_.empty()) parts_.back().guessed = true;
            break;
        case Verdict::too_large:
            if (part.events.size() > 1) {
                std::uint64_t bytes = 0;
                for (const std::uint32_t event : part.events) bytes += bytes_[event] + 1;
                limits.bytes = std::min(limits.bytes, bytes / 2 + 1);
                step.halved = true;
                halve(std::move(part));
                break;
            }
            [[fallthrough]];
        case Verdict::data:
            if (part.events.size() == 1) {
                refuse(part.events[0], verdict.kind == Verdict::data ? "data" : "too_large", verdict, part.attempts);
            } else {
                step.halved = true;
                split(std::move(part), verdict);
            }
            break;
        case Verdict::busy:
        case Verdict::unavailable:
            if (verdict.kind == Verdict::unavailable && verdict.status != 0) ++part.unexplained;
            parts_.push_back(std::move(part));
            step.then = Step::Then::back_off;
            break;
        case Verdict::configuration:
            parts_.push_back(std::move(part));
            step.then = Step::Then::hold;
            break;
    }
    return step;
}

/// The event that the answer names is tried alone first, and the others after it.
void Bisection::split(Part part, const Verdict& verdict) {
    const bool named = verdict.culprit && *verdict.culprit < part.events.size() && !part.guessed;
    if (!named) return halve(std::move(part));
    const std::uint32_t culprit = part.events[*verdict.culprit];
    std::vector<std::uint32_t> others = std::move(part.events);
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(*verdict.culprit));
    push(std::move(others), part.attempts);
    push({culprit}, part.attempts);
    parts_.back().suspect = true;
}

void Bisection::halve(Part part) {
    const auto middle = part.events.begin() + static_cast<std::ptrdiff_t>(part.events.size() / 2);
    push({middle, part.events.end()}, part.attempts);
    push({part.events.begin(), middle}, part.attempts);
}

/// Each event has a verdict: those that differ, theirs; the others, the whole's.
Bisection::Step Bisection::take_each(Part part, const Verdict& verdict) {
    std::map<std::uint32_t, const Verdict*> differing;
    for (const EventVerdict& one : verdict.events) differing[one.index] = &one.verdict;
    Step step;
    step.verdict = verdict;
    std::vector<std::uint32_t> again;
    for (std::uint32_t i = 0; i < part.events.size(); ++i) {
        const auto found = differing.find(i);
        const Verdict& one = found == differing.end() ? verdict : *found->second;
        switch (one.kind) {
            case Verdict::delivered:
                settle(part.events[i], Done::delivered);
                ++step.delivered;
                break;
            case Verdict::data:
                refuse(part.events[i], "data", one, part.attempts);
                break;
            case Verdict::too_large:
                refuse(part.events[i], "too_large", one, part.attempts);
                break;
            case Verdict::busy:
            case Verdict::unavailable:
                again.push_back(part.events[i]);
                if (step.then == Step::Then::go_on) step.then = Step::Then::back_off, step.verdict = one;
                break;
            case Verdict::configuration:
                again.push_back(part.events[i]);
                if (step.then != Step::Then::hold) step.verdict = one;
                step.then = Step::Then::hold;
                break;
        }
    }
    push(std::move(again), part.attempts);
    return step;
}

void Bisection::bury(std::size_t count) {
    for (std::size_t i = refusals_.size(); i > count; --i) push({refusals_[i - 1].event}, refusals_[i - 1].attempts);
    for (std::size_t i = 0; i < count; ++i) settle(refusals_[i].event, Done::buried);
    refusals_.clear();
}

void Bisection::give_up(const std::string& reason, const Verdict& verdict) {
    Part part = std::move(parts_.back());
    parts_.pop_back();
    for (const std::uint32_t event : part.events) refuse(event, reason, verdict, part.attempts);
}

}  // namespace wideline::delivery
