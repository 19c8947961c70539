#include "view/summary.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <vector>

#include "journal/lost_section.hpp"
#include "read/estimate.hpp"
#include "read/weighted_quantiles.hpp"
#include "view/api.hpp"

namespace wideline::view {
namespace {

using Json = nlohmann::ordered_json;

struct Count {
    std::uint64_t events = 0;
    double requests = 0;
    double errors = 0;

    void add(const EventFacts& facts) {
        ++events;
        requests += facts.weight;
        if (facts.failed) errors += facts.weight;
    }
    void add(const Count& other) {
        events += other.events;
        requests += other.requests;
        errors += other.errors;
    }
};

struct Duration {
    double milliseconds;
    double weight;
};

/// Of one frame, or of all.
struct Counts {
    Count total;
    read::Estimate requests;  // As those of `total`, with how sure they are.
    read::Estimate errors;
    std::vector<Count> buckets;
    std::unordered_map<std::string, Count> values;  // By the JSON text.
    Count other_values;                             // Those past Api::kMostValues.
    std::vector<Duration> durations;                // Of one frame.

    explicit Counts(std::size_t bucket_count) : buckets(bucket_count) {}

    void add_value(const std::string& value, const Count& count) {
        const auto found = values.find(value);
        if (found != values.end())
            found->second.add(count);
        else if (values.size() < Api::kMostValues)
            values.emplace(value, count);
        else
            other_values.add(count);
    }
};

struct Whole {
    Counts counts;
    read::QuantileBudget budget;
    read::WeightedQuantiles durations;

    explicit Whole(std::size_t bucket_count) : counts(bucket_count) {}

    void add(const Counts& frame) {
        counts.total.add(frame.total);
        counts.requests.add(frame.requests);
        counts.errors.add(frame.errors);
        counts.other_values.add(frame.other_values);
        for (std::size_t i = 0; i < counts.buckets.size(); ++i) counts.buckets[i].add(frame.buckets[i]);
        for (const auto& [value, count] : frame.values) counts.add_value(value, count);
        for (const Duration& duration : frame.durations) durations.add(duration.milliseconds, duration.weight, budget);
    }
};

class Counter final : public FrameTaker {
public:
    Counter(Whole& whole, const TimeAxis& axis, bool by_field)
        : whole_(whole), axis_(axis), by_field_(by_field), frame_(axis.buckets) {}

    void take(const EventFacts& facts, std::string_view) override {
        frame_.total.add(facts);
        frame_.requests.add(1, facts.weight);
        if (facts.failed) frame_.errors.add(1, facts.weight);
        if (facts.time >= axis_.from && facts.time < axis_.to) frame_.buckets[axis_.bucket_of(facts.time)].add(facts);
        if (facts.duration_ms) frame_.durations.push_back({*facts.duration_ms, facts.weight});
        if (!by_field_) return;
        value_.assign(facts.broken_down);
        Count one;
        one.add(facts);
        frame_.add_value(value_, one);
    }

    void take_lost(const read::LossCorrection::Left& left) override {
        frame_.total.requests += left.requests;
        frame_.total.errors += left.errors;
        frame_.requests.add_known(left.requests);
        frame_.errors.add_known(left.errors);
    }

    void end_frame() override {
        whole_.add(frame_);
        frame_ = Counts(axis_.buckets);
    }

private:
    Whole& whole_;
    const TimeAxis& axis_;
    const bool by_field_;
    Counts frame_;
    std::string value_;  // Kept for its memory.
};

Json json_of(const Count& count) {
    return {{"requests", count.requests}, {"errors", count.errors}, {"events", count.events}};
}

/// 95 %.
Json interval_of(const read::Estimate& estimate) { return Json::array({estimate.low(), estimate.high()}); }

Json values_of(const Counts& counts, const std::string& field) {
    std::vector<std::pair<std::string, Count>> values(counts.values.begin(), counts.values.end());
    std::sort(values.begin(), values.end(), [](const auto& a, const auto& b) {
        return a.second.requests != b.second.requests ? a.second.requests > b.second.requests : a.first < b.first;
    });
    Json shown = Json::array();
    Count others = counts.other_values;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (i >= Api::kValuesShown) {
            others.add(values[i].second);
            continue;
        }
        Json value = json_of(values[i].second);
        value["value"] = values[i].first.empty() ? Json() : Json(values[i].first);
        shown.push_back(std::move(value));
    }
    return {{"field", field}, {"values", shown}, {"others", others.events == 0 ? Json() : json_of(others)}};
}

Json json_of(const Counts& counts, const TimeAxis& axis) {
    Json json = json_of(counts.total);
    json["from"] = axis.from;
    json["to"] = axis.to;
    Json buckets = Json::array();
    for (const Count& bucket : counts.buckets)
        buckets.push_back(Json::array({bucket.requests - bucket.errors, bucket.errors}));
    json["buckets"] = std::move(buckets);
    return json;
}

/// What was lost around the frames of the span.
Json losses_of(const Snapshot& snapshot, const Search::Terms& terms) {
    const Search search(terms);
    std::vector<LostEvents> lost;
    for (const Frame& frame : snapshot.frames)
        if (frame.lost != nullptr && search.may_want(frame.least_time, frame.greatest_time, frame.errors))
            journal_files::add(*frame.lost, lost);
    Json json = Json::array();
    for (const LostEvents& one : lost)
        json.push_back({{"rule", one.rule.empty() ? Json() : Json(one.rule)},
                        {"reason", name_of(one.reason)},
                        {"events", one.events},
                        {"requests", one.weight}});
    return json;
}

bool has_time(const Frame& frame) { return frame.events != 0 && frame.least_time <= frame.greatest_time; }

}  // namespace

TimeAxis TimeAxis::of(const Snapshot& snapshot, const Search::Terms& terms, std::size_t buckets) {
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    std::int64_t greatest = std::numeric_limits<std::int64_t>::min();
    for (const Frame& frame : snapshot.frames) {
        if (!has_time(frame)) continue;
        least = std::min(least, frame.least_time);
        greatest = std::max(greatest, frame.greatest_time);
    }
    TimeAxis axis;
    axis.buckets = buckets;
    axis.from = terms.since.value_or(least <= greatest ? least : 0);
    axis.to = terms.until.value_or(least <= greatest ? greatest + 1 : 1);
    axis.to = std::max(axis.to, axis.from + 1);
    return axis;
}

std::size_t TimeAxis::bucket_of(std::int64_t time) const noexcept {
    const double share = static_cast<double>(time - from) / static_cast<double>(to - from);
    return std::min(buckets - 1, static_cast<std::size_t>(share * static_cast<double>(buckets)));
}

Json exact_summary(platform::FileSystem& files, const Snapshot& snapshot, const Search::Terms& terms,
                   const TimeAxis& axis) {
    Whole whole(axis.buckets);
    const auto problems = scan(
        files, snapshot.frames, terms, [&] { return std::make_unique<Counter>(whole, axis, !terms.by.empty()); },
        [](const Frame&) { return true; });
    Json json = json_of(whole.counts, axis);
    json["intervals"] = {{"requests", interval_of(whole.counts.requests)},
                         {"errors", interval_of(whole.counts.errors)}};
    json["lost"] = losses_of(snapshot, terms);
    json["problems"] = problems;
    Json durations;
    if (!whole.durations.empty())
        for (const auto& [name, share] : {std::pair{"p50", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}})
            durations[name] = whole.durations.at(share);
    json["duration_ms"] = std::move(durations);
    json["by"] = terms.by.empty() ? Json() : values_of(whole.counts, terms.by);
    return json;
}

Json quick_summary(const Snapshot& snapshot, const Search::Terms& terms, const TimeAxis& axis) {
    const Search search(terms);
    Counts counts(axis.buckets);
    for (const Frame& frame : snapshot.frames) {
        if (!search.may_want(frame.least_time, frame.greatest_time, frame.errors)) continue;
        // An error is kept with a weight of 1, unless somebody asked for less.
        double errors = std::min(static_cast<double>(frame.errors), frame.weight);
        double requests = frame.weight;
        if (frame.lost != nullptr)
            for (const LostEvents& one : *frame.lost) {
                requests += one.weight;
                if (one.events != 0)
                    errors += one.weight * static_cast<double>(one.errors) / static_cast<double>(one.events);
            }
        Count all{frame.events, requests, errors};
        if (terms.errors) all = {frame.errors, errors, errors};
        if (!has_time(frame)) {
            counts.total.add(all);
            continue;
        }
        const std::int64_t least = std::clamp(frame.least_time, axis.from, axis.to - 1);
        const std::int64_t greatest = std::clamp(frame.greatest_time, axis.from, axis.to - 1);
        const double span = static_cast<double>(frame.greatest_time - frame.least_time) + 1;
        const double inside = (static_cast<double>(greatest - least) + 1) / span;
        counts.total.add(Count{static_cast<std::uint64_t>(static_cast<double>(all.events) * inside + 0.5),
                               all.requests * inside, all.errors * inside});
        const std::size_t first = axis.bucket_of(least);
        const std::size_t last = axis.bucket_of(greatest);
        const double width = static_cast<double>(axis.to - axis.from) / static_cast<double>(axis.buckets);
        for (std::size_t i = first; i <= last; ++i) {
            const double begin = static_cast<double>(axis.from) + width * static_cast<double>(i);
            const double overlap = std::min(begin + width, static_cast<double>(greatest) + 1) -
                                   std::max(begin, static_cast<double>(least));
            const double share = first == last ? inside : std::max(0.0, overlap) / span;
            counts.buckets[i].requests += all.requests * share;
            counts.buckets[i].errors += all.errors * share;
        }
    }
    Json json = json_of(counts, axis);
    json["lost"] = losses_of(snapshot, terms);
    json["problems"] = Json::array();
    json["duration_ms"] = nullptr;
    json["by"] = nullptr;
    return json;
}

}  // namespace wideline::view
