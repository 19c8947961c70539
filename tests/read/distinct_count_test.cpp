#include "read/distinct_count.hpp"

#include <cmath>
#include <string>
#include <vector>

#include "catch.hpp"

using wideline::read::DistinctCount;

namespace {

/// Counts `distinct` values, each of them twice, dealt out to `parts` counters that are then merged.
DistinctCount counted(int distinct, int parts) {
    std::vector<DistinctCount> counters(static_cast<std::size_t>(parts));
    for (int round = 0; round < 2; ++round)
        for (int i = 0; i < distinct; ++i)
            counters[static_cast<std::size_t>((i + round) % parts)].add("value " + std::to_string(i));
    DistinctCount all;
    for (const DistinctCount& counter : counters) all.merge(counter);
    return all;
}

}  // namespace

TEST_CASE("A few values are counted exactly") {
    for (const int distinct : {0, 1, 7, 511, 512}) {
        CHECK(counted(distinct, 3).count() == distinct);
        CHECK(counted(distinct, 3).exact());
    }
}

TEST_CASE("Many values are counted within five standard errors, however they are dealt out") {
    for (const int distinct : {513, 1000, 5000, 20'000, 300'000}) {
        const DistinctCount one = counted(distinct, 1);
        CHECK_FALSE(one.exact());
        CHECK(std::abs(one.count() - distinct) < 5 * 0.0163 * distinct);
        CHECK(counted(distinct, 2).count() == one.count());
        CHECK(counted(distinct, 7).count() == one.count());
    }
}
