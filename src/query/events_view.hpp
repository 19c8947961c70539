// The view `events` over segments: what is in columns already is read from there, what is closed and wanted mostly as a
// whole is put into columns first, and the rest is read from its lines. With it come requests() and
// wquantile(x, q), which know what the events stand for.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "query/column_maker.hpp"
#include "query/frame_condition.hpp"
#include "query/line_survey.hpp"

namespace wideline::query {

/// One database. One thread at a time.
class EventsView {
public:
    struct Hearer {
        /// A sentence about what was left out: damage, a line that is no event, a segment that cannot be read.
        std::function<void(const std::string& sentence)> left_out;
        /// A segment is being put into columns, which takes seconds.
        std::function<void()> caching;
        /// Counts up what comes from segments: each twice over, once for its columns and once for its values, or at
        /// once where both were there.
        std::atomic<std::uint64_t>& bytes_read;
    };

    static platform::Result<std::unique_ptr<EventsView>> in(Database& database, std::vector<std::string> segments,
                                                            Hearer hearer);

    /// Makes the view, of those events at least that `condition` takes. What was left out is heard once, however often
    /// this is called; standard input ("-") or a pipe is there for the first call alone. Throws std::bad_alloc.
    platform::Status show(FrameCondition condition);

    /// Puts segments into columns, and tells what became of each.
    std::vector<MadeColumns> cache();

    /// `sql` as DuckDB is to run it over the view, with the weights that requests() and wquantile(x, q) need.
    [[nodiscard]] std::string weighted(const std::string& sql) const;
    /// The same, with the weights as they are in the files, if events were lost around some of them.
    [[nodiscard]] std::string weighted_uncorrected(const std::string& sql) const;
    /// Whether events of the view were lost around: then weighted() corrects weights.
    [[nodiscard]] bool corrects() const noexcept { return corrects_; }

    /// How many events and segments the view is of, and from where.
    struct Extent {
        std::uint64_t events = 0;
        std::size_t cached_segments = 0;
        std::size_t read_segments = 0;
    };
    [[nodiscard]] const Extent& extent() const noexcept { return extent_; }

private:
    EventsView(Database& database, std::vector<std::string> segments, Hearer hearer);

    /// A table in SQL, and its columns.
    struct Part {
        std::string table;
        std::vector<Column> columns;
        bool cached = false;
    };

    static std::string weight_of_rows(const std::string& weight, const Part& part,
                                      const std::vector<std::string>& names);
    platform::Status show_parts(const std::vector<Part>& parts, const std::vector<Column>& columns);
    /// Of each segment, what is in columns. What a question with that condition wants enough of is put into them.
    std::vector<std::optional<CachedSegment>> caches(const FrameCondition& condition);
    std::vector<Part> cached_parts(const FrameCondition& condition, std::vector<std::string>& to_read);
    Part read_part(const std::vector<std::string>& segments, const FrameCondition& condition);
    LineSurvey heard_survey(const std::vector<std::string>& segments, const Wanted& wanted, Keep keep);
    void hear(const std::string& sentence);

    Database& database_;
    std::vector<std::string> segments_;
    Hearer hearer_;
    std::unique_ptr<LineScan> scan_;
    std::vector<std::string> said_;
    read::SeenFrames in_columns_;  // Frames of the segments of which columns are used.
    bool has_weights_ = false;     // The view has a column sample_weight of numbers.
    bool has_rules_ = false;       // The view has a column sample_rule.
    bool corrects_ = false;        // It has a column kCorrectedWeight.
    Extent extent_;
};

}  // namespace wideline::query
