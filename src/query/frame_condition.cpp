#include "query/frame_condition.hpp"

#include <algorithm>

#include "journal/pair_filter.hpp"

namespace wideline::query {

void FrameCondition::bound_time(std::int64_t least, std::int64_t greatest) noexcept {
    least_ = std::max(least_, least);
    greatest_ = std::min(greatest_, greatest);
}

bool FrameCondition::takes_everything() const noexcept {
    return needed_.empty() && least_ == std::numeric_limits<std::int64_t>::min() &&
           greatest_ == std::numeric_limits<std::int64_t>::max();
}

bool FrameCondition::may_hold(const journal_files::FrameIndex& index) const noexcept {
    if (index.greatest_time < least_ || index.least_time > greatest_) return false;
    return std::all_of(needed_.begin(), needed_.end(), [&index](const NeededPair& needed) {
        return std::any_of(needed.pairs.begin(), needed.pairs.end(), [&index](std::uint64_t pair) {
            return journal_files::filter_may_contain(index.pair_filter, pair);
        });
    });
}

bool FrameCondition::agrees_with(const std::vector<Column>& columns) const {
    return std::all_of(needed_.begin(), needed_.end(), [&columns](const NeededPair& needed) {
        const auto column = std::find_if(columns.begin(), columns.end(),
                                         [&needed](const Column& each) { return each.key == needed.key; });
        if (column == columns.end() || column->type.list) return false;
        const Scalar scalar = column->type.scalar;
        if (!needed.number) return scalar == Scalar::text;
        return scalar == Scalar::bigint || scalar == Scalar::hugeint || scalar == Scalar::real;
    });
}

}  // namespace wideline::query
