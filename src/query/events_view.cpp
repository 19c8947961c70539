#include "query/events_view.hpp"

#include <algorithm>
#include <unordered_map>

#include "query/utc_times.hpp"
#include "query/weighted_aggregates.hpp"
#include "query/weighted_calls.hpp"
#include "read/lines.hpp"
#include "read/segment_list.hpp"

namespace wideline::query {
namespace {

using platform::FileSystem;
using read::Piece;

/// Whether a question wants so little of a segment that putting all of it into columns would take longer than many such
/// questions.
bool wants_little(const std::string& segment, const FrameCondition& condition) {
    if (condition.takes_everything()) return false;
    auto opened = read::SegmentReader::open(FileSystem::real(), segment);
    if (!opened.ok()) return false;
    std::uint64_t all = 0;
    std::uint64_t wanted = 0;
    opened.value()->set_wanted([&](const journal_files::FrameIndex& index) {
        all += index.raw_bytes;
        if (condition.may_hold(index)) wanted += index.raw_bytes;
        return false;
    });
    while (const auto piece = opened.value()->next())
        if (piece->kind == Piece::Kind::lines) {  // It has no index.
            all += piece->lines.size();
            wanted += piece->lines.size();
        }
    return wanted * 2 < all;
}

bool any_is_read_once(const std::vector<std::string>& segments) {
    return std::any_of(segments.begin(), segments.end(), read::is_read_once);
}

/// The first frame is wanted in any case, so that the columns are known where no other is.
Wanted first_and(FrameCondition condition) {
    if (condition.takes_everything()) return {};
    return [condition = std::move(condition), first = std::make_shared<bool>(true)](const auto& index) {
        return std::exchange(*first, false) || condition.may_hold(index);
    };
}

}  // namespace

EventsView::EventsView(Database& database, std::vector<std::string> segments, Hearer hearer)
    : database_(database), segments_(std::move(segments)), hearer_(std::move(hearer)) {}

platform::Result<std::unique_ptr<EventsView>> EventsView::in(Database& database, std::vector<std::string> segments,
                                                             Hearer hearer) {
    std::unique_ptr<EventsView> view(new EventsView(database, std::move(segments), std::move(hearer)));
    const auto aggregates = add_weighted_aggregates(database);
    if (!aggregates.ok()) return aggregates.failure();
    auto scan = LineScan::in(database);
    if (!scan.ok()) return scan.failure();
    view->scan_ = std::move(scan.value());
    return view;
}

void EventsView::hear(const std::string& sentence) {
    if (std::find(said_.begin(), said_.end(), sentence) != said_.end()) return;
    said_.push_back(sentence);
    hearer_.left_out(sentence);
}

LineSurvey EventsView::heard_survey(const std::vector<std::string>& segments, const Wanted& wanted, Keep keep) {
    LineSource source(
        segments, wanted, [this](const std::string& sentence) { hear(sentence); }, hearer_.bytes_read, in_columns_);
    LineSurvey found = survey(source, keep);
    if (found.bad_lines != 0) hear(read::were_left_out(found.bad_lines));
    if (found.too_many_columns)
        hear("there are more than " + std::to_string(ColumnInference::kMostColumns) +
             " fields; those that came after them are no columns");
    return found;
}

std::vector<MadeColumns> EventsView::cache() {
    const auto made = make_columns(database_, *scan_, segments_, hearer_.bytes_read);
    // What is damaged is to be said every time, so it is read every time.
    for (std::size_t i = 0; i < made.size(); ++i)
        if (made[i].outcome == Columns::not_whole) heard_survey({segments_[i]}, {}, Keep::nothing);
    return made;
}

std::vector<std::optional<CachedSegment>> EventsView::caches(const FrameCondition& condition) {
    FileSystem& files = FileSystem::real();
    std::vector<std::optional<CachedSegment>> found(segments_.size());
    std::vector<std::string> missing;
    for (std::size_t i = 0; i < segments_.size(); ++i) {
        const auto place = cache_place_of(files, segments_[i]);
        if (place) found[i] = cache_at(files, *place);
        if (place && !found[i] && is_closed(files, segments_[i]) && !wants_little(segments_[i], condition))
            missing.push_back(segments_[i]);
    }
    if (missing.empty()) return found;
    hearer_.caching();
    // A directory that cannot be written, or a full disk, is no reason not to answer.
    (void)make_columns(database_, *scan_, missing, hearer_.bytes_read);
    for (std::size_t i = 0; i < segments_.size(); ++i) {
        const auto place = found[i] ? std::nullopt : cache_place_of(files, segments_[i]);
        if (place) found[i] = cache_at(files, *place);
    }
    return found;
}

std::vector<EventsView::Part> EventsView::cached_parts(const FrameCondition& condition,
                                                       std::vector<std::string>& to_read) {
    // Neighbours of the same columns are one table.
    std::vector<Part> parts;
    std::vector<std::vector<std::string>> tables;
    auto caches_found = caches(condition);
    in_columns_ = {};
    for (std::size_t i = 0; i < segments_.size(); ++i) {
        // Columns have all frames of their segment: one that shares some with another is read, without those.
        const auto is_twice = [this](const auto& run) { return in_columns_.has_any(run); };
        if (!caches_found[i] || std::any_of(caches_found[i]->frames.begin(), caches_found[i]->frames.end(), is_twice)) {
            to_read.push_back(segments_[i]);
            continue;
        }
        ++extent_.cached_segments;
        for (const auto& run : caches_found[i]->frames) in_columns_.add(run);
        for (CachedPart& part : caches_found[i]->parts) {
            extent_.events += part.events;
            if (parts.empty() || parts.back().columns != part.columns) {
                parts.push_back({{}, std::move(part.columns), true});
                tables.emplace_back();
            }
            tables.back().push_back(std::move(part.file));
        }
    }
    extent_.read_segments = to_read.size();
    for (std::size_t i = 0; i < parts.size(); ++i) parts[i].table = cached_table(tables[i]);
    return parts;
}

EventsView::Part EventsView::read_part(const std::vector<std::string>& segments, const FrameCondition& condition) {
    // A pipe cannot be read twice, so its lines are held.
    const bool holds = any_is_read_once(segments);
    // What tells the first frame from the others is made anew for each reading, so that all read the same.
    LineSurvey found = heard_survey(segments, first_and(condition), holds ? Keep::lines : Keep::nothing);
    extent_.events += found.events;
    return {scan_->table_of({holds ? std::vector<std::string>() : segments, std::move(found.held),
                             [condition] { return first_and(condition); }, found.columns, found.events, found.bad_lines,
                             &hearer_.bytes_read, nullptr, in_columns_}),
            found.columns, false};
}

platform::Status EventsView::show(FrameCondition condition) {
    if (any_is_read_once(segments_)) condition = {};
    for (;;) {
        extent_ = {};
        std::vector<std::string> to_read;
        std::vector<Part> parts = cached_parts(condition, to_read);
        std::vector<Column> columns;
        for (const Part& part : parts) merge_columns(columns, part.columns);
        if (!to_read.empty()) parts.push_back(read_part(to_read, condition));
        if (!to_read.empty()) merge_columns(columns, parts.back().columns);
        if (to_read.empty() || !condition.forget_what_differs(columns)) return show_parts(parts, columns);
    }
}

/// An event without a weight stands for itself, as other programs write it. But one that a rule kept has no weight if
/// its probability is not known: that one stays without. `stats` counts in the same way.
std::string EventsView::weight_of_rows(const std::string& weight, const Part& part,
                                       const std::vector<std::string>& names) {
    for (std::size_t i = 0; i < part.columns.size(); ++i)
        if (part.columns[i].key == "sample_rule") {
            const std::string rule =
                part.cached ? cached_column(names[i], part.columns[i].type) : quoted_name(names[i]);
            return "coalesce(" + weight + ", CASE WHEN " + rule + " IS NULL THEN 1.0::DOUBLE END)";
        }
    return "coalesce(" + weight + ", 1.0::DOUBLE)";
}

platform::Status EventsView::show_parts(const std::vector<Part>& parts, const std::vector<Column>& columns) {
    const auto names = column_names(columns);
    const auto has = [](const std::vector<Column>& some, std::string_view key) {
        return std::any_of(some.begin(), some.end(), [key](const Column& column) { return column.key == key; });
    };
    has_rules_ = has(columns, "sample_rule");
    std::string sql;
    for (const Part& part : parts) {
        if (part.columns.empty()) continue;
        const auto own_names = column_names(part.columns);
        std::string selected;
        std::unordered_map<std::string_view, std::size_t> own_numbers;
        for (std::size_t i = 0; i < part.columns.size(); ++i) own_numbers.emplace(part.columns[i].key, i);
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const auto own = own_numbers.find(columns[i].key);
            std::string value = "NULL::" + sql_of(columns[i].type);
            if (own != own_numbers.end()) {
                const std::string& name = own_names[own->second];
                const ColumnType type = part.columns[own->second].type;
                value = converted(part.cached ? cached_column(name, type) : quoted_name(name), type, columns[i].type,
                                  reserved(columns[i].key));
            }
            if (has_rules_ && reserved(columns[i].key) == Reserved::number && columns[i].key == kWeightColumn)
                value = weight_of_rows(value, part, own_names);
            selected += (i == 0 ? "" : ", ") + value + " AS " + quoted_name(names[i]);
        }
        sql += (sql.empty() ? "SELECT " : " UNION ALL SELECT ") + selected + " FROM " + part.table;
    }
    // A table must have a column, and a question about a journal without events an answer.
    if (sql.empty())
        sql =
            "SELECT NULL::TIMESTAMP AS timestamp, NULL::VARCHAR AS name, NULL::DOUBLE AS duration_ms, "
            "NULL::VARCHAR AS outcome, NULL::DOUBLE AS sample_weight WHERE false";
    has_weights_ = columns.empty() || std::any_of(columns.begin(), columns.end(), [](const Column& column) {
                       return column.key == "sample_weight" && is_settled(column.type, Reserved::number);
                   });
    corrects_ = has_weights_ && std::any_of(columns.begin(), columns.end(),
                                            [](const Column& column) { return column.key == kCorrectedWeight; });
    return database_.run("CREATE OR REPLACE TEMP VIEW events AS " + sql);
}

std::string EventsView::weighted(const std::string& sql) const {
    if (!corrects_) return weighted_uncorrected(sql);
    return with_weight(with_utc_times(sql), kCorrectedWeightColumn);
}

std::string EventsView::weighted_uncorrected(const std::string& sql) const {
    // An event without a weight, as other programs write it, stands for itself: `stats` counts in the same way.
    const std::string_view of_sampled = has_weights_ ? "coalesce(sample_weight, 0)" : "0";
    const std::string_view of_others = has_weights_ ? kWeightColumn : "1";
    return with_weight(with_utc_times(sql), has_rules_ ? of_sampled : of_others);
}

}  // namespace wideline::query
