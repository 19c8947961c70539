// Which frames a question needs, by its WHERE. The statement is parsed by DuckDB itself, which gives its tree as JSON,
// and only what can be understood beyond doubt is used: of one SELECT from `events` alone, the conditions that are
// and-ed at the top of its WHERE, where they compare a field with a constant.
#pragma once

#include <string>

#include "query/database.hpp"
#include "query/frame_condition.hpp"

namespace wideline::query {

/// Takes everything where nothing is certain. Where FrameCondition::forget_what_differs() has nothing to forget, given
/// the columns of the frames that were read, no event of another frame is one that `sql` asks for.
[[nodiscard]] FrameCondition frame_condition_of(Database& database, const std::string& sql);

}  // namespace wideline::query
