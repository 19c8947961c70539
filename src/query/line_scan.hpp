// A table function of DuckDB that reads lines: `wideline_lines(n)` is the n-th set of lines that was registered. It
// gives the fields as columns of the types that were inferred before, and of each line only those that the question
// asks for.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "query/column_list.hpp"
#include "query/database.hpp"
#include "query/line_source.hpp"

namespace wideline::query {

/// What one reading of lines found that is not as it was thought to be.
struct Learnt {
    explicit Learnt(std::vector<Column> thought) : columns(std::move(thought)) {}

    ColumnInference columns;  ///< Begins with those that are thought to be there.
    std::uint64_t events = 0;
    bool as_thought = true;  ///< All values have a column that holds them.
    bool whole = true;       ///< No damage, and no line that is no event.
};

/// What one call of wideline_lines reads.
struct ScannedLines {
    std::vector<std::string> segments;
    /// In place of segments: what cannot be read twice (standard input).
    std::vector<OwnedLines> held;
    /// Makes what tells the frames that are wanted, for each reading anew; all are where it is empty.
    std::function<Wanted()> wanted;
    std::vector<Column> columns;
    std::uint64_t events = 0;                          ///< How many there were when the columns were inferred.
    std::uint64_t bad_lines = 0;                       ///< Lines that are no events.
    std::atomic<std::uint64_t>* bytes_read = nullptr;  ///< Counts up what comes from segments.
    /// Where the columns are no more than a guess: what they are. One thread reads all of them then, in order; at the
    /// first value that does not fit it gives no more rows, and goes on to learn.
    std::shared_ptr<Learnt> learnt = nullptr;
    read::SeenFrames seen = {};  ///< Frames that are read elsewhere.
};

class LineScan {
public:
    /// Registers the function; to be destroyed after the database.
    static platform::Result<std::unique_ptr<LineScan>> in(Database& database);

    /// The SQL of a table with these lines, for as long as this object lives. Any thread.
    [[nodiscard]] std::string table_of(ScannedLines lines);

    /// Null where there are none of that number. Any thread.
    [[nodiscard]] const ScannedLines* lines(std::size_t number) const;

private:
    LineScan() = default;

    mutable std::mutex mutex_;
    std::vector<std::unique_ptr<ScannedLines>> lines_;
};

}  // namespace wideline::query
