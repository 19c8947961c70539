// The answer to a question, as it comes from DuckDB, written for people or for programs.
#pragma once

#include <memory>

#include "query/database.hpp"

namespace wideline::cli {

enum class AnswerForm { table, json, csv };

/// Writes the rows to standard output. A table is as wide as the terminal: values are cut to fit, and rows of more
/// columns than fit become a list, one value a line; where standard output is no terminal nothing is cut. JSON is an
/// object a line; CSV is RFC 4180 with a head, and nothing for null. Fails where the query fails on its way; throws
/// ClosedPipe.
platform::Status write_answer(query::Rows& rows, AnswerForm form);

}  // namespace wideline::cli
