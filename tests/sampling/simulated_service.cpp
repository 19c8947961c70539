#include "sampling/simulated_service.hpp"

#include <algorithm>
#include <cmath>

#include "event/only_record.hpp"

namespace wideline::testing {

using sampling::CompiledSampler;
using sampling::Decision;

namespace {

constexpr std::int64_t kLookEveryNs = 10'000'000;
constexpr std::int64_t kBegin = 1'000'000'000'000;
constexpr std::size_t kLanes = 3;
constexpr int kPlans = 2;

/// One event of each route and plan, failed or not, made once and replayed.
class Templates {
public:
    Templates(int routes, const CompiledSampler& sampler) {
        for (int route = 0; route < routes; ++route)
            for (int plan = 0; plan < kPlans; ++plan)
                for (const bool failed : {false, true})
                    events_.push_back(std::make_unique<SampleEvent>(
                        SampleRequest{.failed = failed,
                                      .fields = {{"http.route", "/route/" + std::to_string(route)},
                                                 {"size", std::int64_t{size_of(route)}},
                                                 {"user.plan", std::string(plan == 0 ? "free" : "paid")}}},
                        sampler.keys()));
    }
    SampleEvent& at(int route, int plan, bool failed) const {
        return *events_[static_cast<std::size_t>((route * kPlans + plan) * 2 + (failed ? 1 : 0))];
    }
    static std::int64_t size_of(int route) { return 100 + 900 * (route % 7); }

private:
    std::vector<std::unique_ptr<SampleEvent>> events_;
};

/// Routes drawn by Zipf's law, which is itself moved on with time.
class Routes {
public:
    explicit Routes(const Traffic& traffic) : count_(traffic.routes), drift_(traffic.drift_per_second) {
        double sum = 0;
        for (int route = 0; route < count_; ++route) bounds_.push_back(sum += std::pow(route + 1, -traffic.skew));
        for (double& bound : bounds_) bound /= sum;
    }
    int draw(double uniform, double second) const {
        const auto found = std::lower_bound(bounds_.begin(), bounds_.end(), uniform);
        const auto rank = static_cast<int>(std::min(found, bounds_.end() - 1) - bounds_.begin());
        return (rank + static_cast<int>(second * drift_)) % count_;
    }

private:
    int count_;
    double drift_;
    std::vector<double> bounds_;
};

}  // namespace

std::uint64_t Dice::next() noexcept {
    std::uint64_t bits = state_ += 0x9e3779b97f4a7c15;
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
    return bits ^ bits >> 31;
}

double Dice::exponential(double mean) noexcept { return -mean * std::log1p(-uniform()); }

void Sum::add(double value, const Decision& decision) noexcept {
    truth += value;
    if (decision.keep && value > 0) estimate.add(value, decision.weight);
}

Outcome simulate(const TailSampler& tail_sampler, const Traffic& traffic, std::uint64_t seed,
                 const std::shared_ptr<sampling::Learned>& learned) {
    const CompiledSampler sampler(tail_sampler, field("http.response.status_code") >= 500, learned);
    const Templates templates(traffic.routes, sampler);
    const Routes routes(traffic);
    Dice dice(seed);
    Outcome outcome;
    outcome.kept_by_second.resize(static_cast<std::size_t>(traffic.seconds) + 1);
    outcome.kept_bytes_by_second.resize(outcome.kept_by_second.size());

    double second = 0;
    std::int64_t looked = kBegin;
    learned->adjust(looked, 1);
    while ((second += dice.exponential(1 / traffic.per_second(second))) < traffic.seconds) {
        const std::int64_t now = kBegin + static_cast<std::int64_t>(second * 1e9);
        for (; now - looked >= kLookEveryNs; looked += kLookEveryNs) learned->adjust(looked + kLookEveryNs, 1);

        const int route = routes.draw(dice.uniform(), second);
        const bool failed = dice.uniform() < traffic.failing;
        SampleEvent& event = templates.at(route, dice.uniform() < 0.1 ? 1 : 0, failed);
        const auto duration = static_cast<std::int64_t>(std::exp(14 + 0.1 * (route % 10) + 2 * dice.uniform()));
        event.replay(dice.next() >> 8, now, std::chrono::nanoseconds(duration));
        const Decision decision = sampler.decide(event.view(), dice.next() % kLanes);

        const auto size = static_cast<double>(Templates::size_of(route));
        outcome.requests.add(1, decision);
        outcome.bytes.add(size, decision);
        constexpr std::array kWatched = {0, 3, 9};
        for (std::size_t i = 0; i < kWatched.size(); ++i) outcome.routes[i].add(route == kWatched[i] ? 1 : 0, decision);
        if (failed || !decision.keep) continue;
        ++outcome.kept_by_second[static_cast<std::size_t>(second)];
        outcome.kept_bytes_by_second[static_cast<std::size_t>(second)] +=
            static_cast<double>(detail::bytes_in_memory(event.view()));
    }
    return outcome;
}

}  // namespace wideline::testing
