#include "request/request_totals.hpp"

#include <algorithm>

namespace wideline::detail {
namespace {

/// Of two lists by bucket, the list of what `combine` makes of each bucket's two counts; empty buckets are left out.
template <class Combine>
std::vector<DurationCount> combined(std::span<const DurationCount> a, std::span<const DurationCount> b,
                                    Combine combine) {
    std::vector<DurationCount> all;
    all.reserve(std::max(a.size(), b.size()));
    while (!a.empty() || !b.empty()) {
        const bool of_a = !a.empty() && (b.empty() || a.front().bucket <= b.front().bucket);
        const bool of_b = !b.empty() && (a.empty() || b.front().bucket <= a.front().bucket);
        const std::uint32_t bucket = of_a ? a.front().bucket : b.front().bucket;
        const std::uint64_t count = combine(of_a ? a.front().requests : 0, of_b ? b.front().requests : 0);
        if (count != 0) all.push_back({bucket, count});
        a = a.subspan(of_a ? 1 : 0);
        b = b.subspan(of_b ? 1 : 0);
    }
    return all;
}

}  // namespace

void add(const RequestTotals& more, RequestTotals& sum) {
    sum.requests += more.requests;
    sum.errors += more.errors;
    sum.durations =
        combined(sum.durations, more.durations, [](std::uint64_t one, std::uint64_t other) { return one + other; });
}

void add(std::span<const RequestTotals> more, std::vector<RequestTotals>& sums) {
    for (const RequestTotals& one : more) {
        const auto known = std::find_if(sums.begin(), sums.end(), [&](const RequestTotals& sum) {
            return sum.further_names == one.further_names && sum.name == one.name;
        });
        if (known == sums.end())
            sums.push_back(one);
        else
            add(one, *known);
    }
}

RequestTotals since(const RequestTotals& before, const RequestTotals& now) {
    RequestTotals more;
    more.name = now.name;
    more.further_names = now.further_names;
    more.requests = now.requests - before.requests;
    more.errors = now.errors - before.errors;
    more.durations = combined(now.durations, before.durations,
                              [](std::uint64_t later, std::uint64_t earlier) { return later - earlier; });
    return more;
}

}  // namespace wideline::detail
