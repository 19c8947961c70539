// What a frame must have in its index to be of use for a question: a span of time, and `key=value` pairs.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "journal/frame_index.hpp"
#include "query/column_list.hpp"

namespace wideline::query {

/// A field that must have one of some values.
struct NeededPair {
    std::string key;
    bool number = false;               ///< It is compared with whole numbers; else with texts.
    std::vector<std::uint64_t> pairs;  ///< As pair_hash() makes them.
};

class FrameCondition {
public:
    /// Only events from `least` to `greatest`, in microseconds since 1970, both included.
    void bound_time(std::int64_t least, std::int64_t greatest) noexcept;
    void need(NeededPair pair) { needed_.push_back(std::move(pair)); }

    [[nodiscard]] bool takes_everything() const noexcept;
    /// False only where no event of the frame meets the condition.
    [[nodiscard]] bool may_hold(const journal_files::FrameIndex& index) const noexcept;

    /// Forgets what SQL asks otherwise, given the columns that were found: a column that is of another field, for names
    /// in SQL know no case; a field that is no text where it is compared with one, for it is equal to more than its own
    /// text; times where the column is not of times alone. Whether there was such a thing.
    bool forget_what_differs(const std::vector<Column>& columns);

private:
    static constexpr std::pair<std::int64_t, std::int64_t> kEver{std::numeric_limits<std::int64_t>::min(),
                                                                 std::numeric_limits<std::int64_t>::max()};
    [[nodiscard]] bool has_times() const noexcept { return std::pair(least_, greatest_) != kEver; }

    std::int64_t least_ = kEver.first;
    std::int64_t greatest_ = kEver.second;
    std::vector<NeededPair> needed_;
};

}  // namespace wideline::query
