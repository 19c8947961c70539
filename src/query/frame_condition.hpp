// What a frame must have in its index to be of use for a question: a span of time, and `key=value` pairs.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
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

    /// Whether SQL compares as the pairs do, given the types of the columns that were found: a field that is spelled
    /// otherwise, or is no text where it is compared with one, is equal to more than its own text.
    [[nodiscard]] bool agrees_with(const std::vector<Column>& columns) const;
    void forget_pairs() noexcept { needed_.clear(); }

private:
    std::int64_t least_ = std::numeric_limits<std::int64_t>::min();
    std::int64_t greatest_ = std::numeric_limits<std::int64_t>::max();
    std::vector<NeededPair> needed_;
};

}  // namespace wideline::query
