// Stress relief on a virtual clock: a queue of bytes, a sink that takes frames of it, and traffic of every kind.
#include "pipeline/stress_relief.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "catch.hpp"

using wideline::pipeline::StressRelief;

namespace {

constexpr std::size_t kEvent = 4096;
constexpr std::int64_t kSecond = 1'000'000'000;

/// What became of each hundredth of a second.
struct Moment {
    double offered = 0;
    double kept = 0;
    double estimated = 0;  // the sum of weights
    double least_share = 1;
    double greatest_share = 0;
    std::uint64_t refused = 0;
    bool active = false;
};

struct Sink {
    double events_per_second = 1000;
    double seconds_a_frame = 0.1;  // it takes as many as it can in that time, and gives their room back at its end
};

/// Events come at `rate(t)` a second; R is random, and an event is kept if it lies in the share.
std::vector<Moment> simulate(double seconds, std::size_t events_of_room, const Sink& sink,
                             const std::function<double(double)>& rate, std::uint64_t seed) {
    constexpr double kStep = 0.0001;
    const std::size_t limit = events_of_room * kEvent;
    StressRelief relief(limit / 8 * 5, limit);
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<double> uniform;
    std::vector<Moment> moments(static_cast<std::size_t>(std::ceil(seconds * 100)));
    std::size_t waiting = 0;
    std::size_t in_frame = 0;
    double frame_ends = 0;
    double owed = 0;
    for (double t = 0; t < seconds; t += kStep) {
        const auto now = static_cast<std::int64_t>(t * static_cast<double>(kSecond));
        Moment& moment = moments[std::min(moments.size() - 1, static_cast<std::size_t>(t * 100))];
        if (t >= frame_ends) {
            waiting -= in_frame * kEvent;
            in_frame = std::min<std::size_t>(waiting / kEvent,
                                             static_cast<std::size_t>(sink.events_per_second * sink.seconds_a_frame));
            frame_ends = t + (in_frame == 0 ? 0.001 : sink.seconds_a_frame);
        }
        for (owed += rate(t) * kStep; owed >= 1; owed -= 1) {
            ++moment.offered;
            const std::size_t with_it = waiting + kEvent;
            const double share = relief.asks(with_it) ? relief.share(with_it, now) : 1;
            moment.least_share = std::min(moment.least_share, share);
            moment.greatest_share = std::max(moment.greatest_share, share);
            if (uniform(random) >= share) continue;
            if (!relief.has_room(with_it)) {
                ++moment.refused;
                continue;
            }
            waiting = with_it;
            moment.kept += 1;
            moment.estimated += 1 / share;
        }
        moment.active = relief.is_active(now);
    }
    return moments;
}

Moment sum(const std::vector<Moment>& moments, double from, double to) {
    Moment all;
    for (auto i = static_cast<std::size_t>(from * 100); i < static_cast<std::size_t>(to * 100); ++i) {
        all.offered += moments[i].offered;
        all.kept += moments[i].kept;
        all.estimated += moments[i].estimated;
        all.refused += moments[i].refused;
        all.least_share = std::min(all.least_share, moments[i].least_share);
        all.greatest_share = std::max(all.greatest_share, moments[i].greatest_share);
    }
    return all;
}

/// How often relief began.
int beginnings(const std::vector<Moment>& moments) {
    int count = 0;
    bool before = false;
    for (const Moment& moment : moments) {
        if (moment.active && !before) ++count;
        before = moment.active;
    }
    return count;
}

}  // namespace

TEST_CASE("An event is not thinned while the queue has room, and the more the fuller it is, down to one of 65,536") {
    StressRelief relief(1000, 2600);
    CHECK_FALSE(relief.asks(1000));
    CHECK(relief.share(1000, 0) == 1);
    CHECK(relief.asks(1001));
    CHECK(relief.share(1100, 0) == 0.5);
    CHECK(relief.is_active(0));
    CHECK(relief.asks(1));
    CHECK(relief.share(1200, 0) == 0.25);
    CHECK(relief.share(2600, 0) == 0x1p-16);
    CHECK(relief.share(9999, 0) == 0x1p-16);
    CHECK(relief.has_room(2600));
    CHECK_FALSE(relief.has_room(2601));
}

TEST_CASE("After the queue has emptied, the share doubles each second until nothing is thinned") {
    StressRelief relief(1000, 2600);
    CHECK(relief.share(1400, 0) == 0x1p-4);
    CHECK(relief.share(10, kSecond) == 0x1p-3);
    CHECK(relief.share(10, 3 * kSecond) == 0.5);
    CHECK(relief.is_active(3 * kSecond));
    CHECK(relief.share(10, 4 * kSecond) == 1);
    CHECK_FALSE(relief.is_active(4 * kSecond));
    CHECK_FALSE(relief.asks(1000));
}

TEST_CASE("Nothing is lost under an overload of twice to two hundred times, and weights sum to what came") {
    for (const double overload : {2.0, 30.0, 200.0})
        for (const double seconds_a_frame : {0.002, 0.1, 0.5}) {
            CAPTURE(overload, seconds_a_frame);
            const Sink sink{1000, seconds_a_frame};
            const auto moments = simulate(
                8, 2000, sink, [&](double) { return overload * 1000; }, 7);
            const Moment all = sum(moments, 0, 8);
            CHECK(all.refused == 0);
            // The queue was filled once, and then about as much was taken as the sink could take.
            CHECK(all.kept > 0.75 * 8 * 1000);
            CHECK(all.kept < 8 * 1000 + 2000);
            CHECK(std::abs(all.estimated - all.offered) < 0.1 * all.offered);
        }
}

TEST_CASE("Under a steady overload the share is steady: it does not swing between thinning and not") {
    constexpr std::size_t kDefaultRoom = 9216;
    for (const double overload : {1.3, 4.0, 30.0})
        for (const double seconds_a_frame : {0.005, 0.05, 0.2}) {
            CAPTURE(overload, seconds_a_frame);
            const Sink sink{1000, seconds_a_frame};
            const double seconds = overload < 2 ? 40 : 25;
            const auto moments = simulate(
                seconds, kDefaultRoom, sink, [&](double) { return overload * 1000; }, 3);
            CHECK(beginnings(moments) == 1);
            const Moment late = sum(moments, seconds - 13, seconds);
            CHECK(late.greatest_share / late.least_share < 2);
            CHECK(late.least_share < 1 / overload);
            CHECK(late.greatest_share > 1 / overload);
        }
}

TEST_CASE("Relief ends within ten seconds of a rush, once, and traffic that the sinks can take is never thinned") {
    const Sink sink{1000, 0.1};
    const auto rush = simulate(
        30, 1500, sink, [](double t) { return t >= 5 && t < 10 ? 20'000.0 : 500.0; }, 5);
    CHECK(sum(rush, 0, 5).least_share == 1);
    CHECK(sum(rush, 5, 10).least_share < 0.1);
    CHECK(sum(rush, 20, 30).least_share == 1);
    CHECK(sum(rush, 0, 30).refused == 0);
    CHECK(beginnings(rush) == 1);
    const Moment all = sum(rush, 0, 30);
    CHECK(std::abs(all.estimated - all.offered) < 0.15 * all.offered);

    const auto calm = simulate(
        20, 1500, sink, [](double) { return 900.0; }, 6);
    CHECK(sum(calm, 0, 20).least_share == 1);
}
