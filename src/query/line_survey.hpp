// A first reading of lines, to learn what columns they have and how many events they are, by all processors.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "query/column_list.hpp"
#include "query/line_source.hpp"

namespace wideline::query {

struct LineSurvey {
    std::vector<Column> columns;  ///< In the order of first appearance, however many threads read.
    std::uint64_t events = 0;
    std::uint64_t bad_lines = 0;  ///< No JSON objects, nor blank.
    bool too_many_columns = false;
    std::vector<OwnedLines> held;  ///< All lines, where they were to be kept.
};

enum class Keep { nothing, lines };

[[nodiscard]] LineSurvey survey(LineSource& source, Keep keep);

}  // namespace wideline::query
