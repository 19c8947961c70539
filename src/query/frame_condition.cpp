#include "query/frame_condition.hpp"

#include <algorithm>
#include <tuple>

#include "journal/pair_filter.hpp"

namespace wideline::query {

void FrameCondition::bound_time(std::int64_t least, std::int64_t greatest) noexcept {
    least_ = std::max(least_, least);
    greatest_ = std::min(greatest_, greatest);
}

bool FrameCondition::takes_everything() const noexcept { return needed_.empty() && !has_times(); }

bool FrameCondition::may_hold(const journal_files::FrameIndex& index) const noexcept {
    if (index.greatest_time < least_ || index.least_time > greatest_) return false;
    return std::all_of(needed_.begin(), needed_.end(), [&index](const NeededPair& needed) {
        return std::any_of(needed.pairs.begin(), needed.pairs.end(), [&index](std::uint64_t pair) {
            return journal_files::filter_may_contain(index.pair_filter, pair);
        });
    });
}

bool FrameCondition::forget_what_differs(const std::vector<Column>& columns) {
    const std::vector<std::string> names = column_names(columns);
    // The type of what SQL knows by the key's name; null where that is no single value, or another field's.
    const auto type_of = [&](const std::string& key) {
        const auto name =
            std::find_if(names.begin(), names.end(),
                         [folded = folded_name(key)](const std::string& each) { return folded_name(each) == folded; });
        if (name == names.end()) return Scalar::null;
        const Column& column = columns[static_cast<std::size_t>(name - names.begin())];
        return column.key == key && !column.type.list ? column.type.scalar : Scalar::null;
    };
    const std::size_t pairs_before = needed_.size();
    std::erase_if(needed_, [&type_of](const NeededPair& needed) {
        const Scalar type = type_of(needed.key);
        if (!needed.number) return type != Scalar::text;
        return type != Scalar::bigint && type != Scalar::hugeint && type != Scalar::real;
    });
    const bool all_times = !has_times() || type_of("timestamp") == Scalar::timestamp;
    if (!all_times) std::tie(least_, greatest_) = kEver;
    return !all_times || needed_.size() != pairs_before;
}

}  // namespace wideline::query
