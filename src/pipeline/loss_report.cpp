#include "pipeline/loss_report.hpp"

#include <algorithm>

#include "encoding/utf8.hpp"

namespace wideline::pipeline {

void LossReport::make_room_for(std::size_t rules) {
    if (rules + 1 > rules_.size()) rules_.resize(rules + 1);
}

LossReport::Sum LossReport::Loss::left() const noexcept {
    return {of_lanes.events + own.events - told.events, of_lanes.errors + own.errors - told.errors,
            of_lanes.weight + own.weight - told.weight};
}

bool LossReport::begin_look(std::uint64_t events) noexcept {
    const bool news = events != events_of_lanes_;
    events_of_lanes_ = events;
    if (!news && !open_) return false;
    open_ = true;
    for (OfRule& rule : rules_)
        for (Loss& loss : rule.by_reason) {
            loss.events_before = loss.of_lanes.events + loss.own.events;
            if (news) loss.of_lanes = {};
        }
    return news;
}

void LossReport::look_at(const detail::Lane& lane) noexcept {
    const auto add = [](Loss& loss, const detail::LossCount& count) {
        loss.of_lanes.events += count.events();
        loss.of_lanes.errors += count.errors();
        loss.of_lanes.weight += count.weight();
    };
    const std::size_t rules = std::min(lane.refused_by_rule.size(), rules_.size() - 1);
    for (std::size_t rule = 0; rule < rules; ++rule) {
        const detail::Refused& refused = lane.refused_by_rule[rule];
        add(of(rules_[rule + 1], LossReason::queue_full), refused.queue_full);
        add(of(rules_[rule + 1], LossReason::journal_stalled), refused.stalled);
    }
    Loss& unjudged = of(rules_[0], LossReason::no_memory);
    const std::uint64_t requests = lane.without_memory.get();
    unjudged.of_lanes.events += requests;
    unjudged.of_lanes.errors += lane.without_memory_errors.get();
    unjudged.of_lanes.weight += static_cast<double>(requests);  // each stands for itself
}

void LossReport::end_look(std::size_t events) noexcept {
    taken_ = 0;
    to_take_ = events;
}

void LossReport::took(std::size_t rule) noexcept {
    taken_ = std::min(taken_ + 1, to_take_);
    of(rule).in_frame = frame_;
}

void LossReport::count(std::size_t rule, LossReason reason, bool failed, double weight) noexcept {
    open_ = true;
    Sum& own = of(of(rule), reason).own;
    ++own.events;
    if (failed) ++own.errors;
    own.weight += weight;
}

bool LossReport::any_news() const noexcept {
    return open_ && std::any_of(rules_.begin(), rules_.end(), [](const OfRule& rule) {
               return std::any_of(rule.by_reason.begin(), rule.by_reason.end(),
                                  [](const Loss& loss) { return loss.left().events != 0; });
           });
}

std::vector<LostEvents> LossReport::news(std::span<const std::string> names, std::int64_t now) {
    std::vector<LostEvents> news;
    if (!open_) return news;
    std::uint64_t replaced = 0;
    for (std::size_t i = 0; i < rules_.size(); ++i)
        for (std::size_t reason = 0; reason < kReasons; ++reason) {
            Loss& loss = rules_[i].by_reason[reason];
            loss.telling = loss.told;
            const std::uint64_t events = due(loss);
            if (events == 0 || waits(loss, rules_[i], now)) continue;
            Sum part = loss.left();
            const double share = static_cast<double>(events) / static_cast<double>(part.events);
            part = {events, static_cast<std::uint64_t>(static_cast<double>(part.errors) * share), part.weight * share};
            const bool named = i != 0 && i <= names.size();
            news.push_back({named ? std::string(json_text::valid_utf8(names[i - 1], replaced)) : std::string(),
                            static_cast<LossReason>(reason + 1), part.events, part.errors, part.weight});
            loss.telling = {loss.told.events + part.events, loss.told.errors + part.errors,
                            loss.told.weight + part.weight};
        }
    return news;
}

void LossReport::told() noexcept {
    if (!open_) return;
    for (OfRule& rule : rules_)
        for (Loss& loss : rule.by_reason) {
            if (loss.telling.events == loss.told.events) continue;
            loss.told = loss.telling;
            loss.waits_since_ns = 0;
        }
    open_ = any_news();
}

void LossReport::forget_news() noexcept {
    for (OfRule& rule : rules_)
        for (Loss& loss : rule.by_reason) loss.telling = loss.told;
}

LossReport::OfRule& LossReport::of(std::size_t rule) noexcept {
    return rules_[rule < rules_.size() - 1 ? rule + 1 : 0];  // kNoRule is not
}

LossReport::Loss& LossReport::of(OfRule& rule, LossReason reason) noexcept {
    return rule.by_reason[static_cast<std::size_t>(reason) - 1];
}

std::uint64_t LossReport::due(const Loss& loss) const noexcept {
    const std::uint64_t left = loss.left().events;
    if (last_ || taken_ >= to_take_) return left;
    const std::uint64_t now = loss.told.events + left;
    const std::uint64_t since = now - loss.events_before;
    const double share = static_cast<double>(taken_) / static_cast<double>(to_take_);
    const std::uint64_t all_due = loss.events_before + static_cast<std::uint64_t>(static_cast<double>(since) * share);
    return all_due > loss.told.events ? std::min(left, all_due - loss.told.events) : 0;
}

bool LossReport::waits(Loss& loss, const OfRule& rule, std::int64_t now) const noexcept {
    if (&rule == rules_.data() || last_ || rule.in_frame == frame_) return false;
    if (loss.waits_since_ns == 0) loss.waits_since_ns = now;
    return now - loss.waits_since_ns < kMostWaitNs;
}

}  // namespace wideline::pipeline
