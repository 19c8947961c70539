#include "sampling/budget_traffic.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "sampling/ceiling.hpp"

namespace wideline::testing {

namespace {

constexpr std::int64_t kBegin = 1'000'000'000'000;
constexpr double kNone = 0.01;  // requests a second, below which there are none for the next moment

/// When the next one comes.
class Clock {
public:
    explicit Clock(const Budgeted& service) : service_(service), at_once_(service.at_once) {}

    [[nodiscard]] double next(Dice& dice) {
        if (!at_once_.empty() && second_ >= at_once_.front().first) {
            if (at_once_.front().second-- > 0) return second_ += 1e-7;
            at_once_.erase(at_once_.begin());
        }
        double rate = service_.per_second(second_);
        for (; rate < kNone && second_ < service_.seconds; rate = service_.per_second(second_)) second_ += 0.01;
        return second_ += dice.exponential(1 / rate);
    }

private:
    const Budgeted& service_;
    std::vector<std::pair<double, int>> at_once_;
    double second_ = 0.001;
};

}  // namespace

double Budgeted::budget() const {
    if (cap == 0) return adaptive.per_second;
    return adaptive.per_second == 0 ? cap : std::min(cap, adaptive.per_second);
}

Spending spend(const Budgeted& service, std::size_t lanes, std::uint64_t seed) {
    const bool adapts = service.adaptive.per_second > 0 || service.adaptive.share > 0;
    const bool capped = service.cap > 0;
    sampling::AdaptiveRate rate(service.adaptive);
    sampling::Ceiling ceiling(service.cap);
    const auto look = [&](std::int64_t now) {
        if (adapts) rate.look(now, 1);
        if (capped) ceiling.look(now, 1);
    };
    const auto seconds = static_cast<std::size_t>(service.seconds);
    Spending spending{.came = std::vector<double>(seconds), .granted = std::vector<double>(seconds)};
    Dice dice(seed);
    Clock clock(service);
    std::int64_t looked = kBegin;
    const auto look_every = static_cast<std::int64_t>(service.look_every_s * 1e9);
    look(looked);
    for (double second = clock.next(dice); second < service.seconds; second = clock.next(dice)) {
        const std::int64_t now = kBegin + static_cast<std::int64_t>(second * 1e9);
        for (; now - looked >= look_every; look(looked)) looked += look_every;
        const Arrival one = service.arrival(second, dice);
        const std::size_t lane = dice.next() % lanes;
        double probability = adapts ? rate.probability(one.key, lane, one.size, now) : service.share;
        if (capped) probability = ceiling.probability(probability, 1, lane, now);

        spending.came[static_cast<std::size_t>(second)] += one.size;
        spending.granted[static_cast<std::size_t>(second)] += probability * one.size;
        spending.requests += 1;
        spending.variance += 1 / probability - 1;
        if (dice.uniform() < probability) spending.weights += 1 / probability;
    }
    return spending;
}

std::function<Arrival(double, Dice&)> zipf_keys(int keys, double skew) {
    // Each of 65,536 equally likely places holds a key, as often as it comes.
    constexpr std::size_t kPlaces = 65'536;
    std::vector<double> bounds;
    double sum = 0;
    for (int key = 0; key < keys; ++key) bounds.push_back(sum += std::pow(key + 1, -skew));
    auto places = std::make_shared<std::vector<std::uint64_t>>();
    for (std::size_t place = 0; place < kPlaces; ++place) {
        const double at = (static_cast<double>(place) + 0.5) / kPlaces * sum;
        const auto rank = std::lower_bound(bounds.begin(), bounds.end(), at) - bounds.begin();
        places->push_back(Dice(static_cast<std::uint64_t>(rank)).next());
    }
    return [places](double, Dice& dice) { return Arrival{(*places)[dice.next() % kPlaces]}; };
}

}  // namespace wideline::testing
