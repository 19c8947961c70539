#include "query/line_survey.hpp"

#include <algorithm>
#include <unordered_map>

#include "platform/cores.hpp"
#include "read/lines.hpp"

namespace wideline::query {
namespace {

/// What one thread learns.
struct Part {
    ColumnInference columns;
    std::uint64_t events = 0;
    std::uint64_t bad_lines = 0;
    std::vector<OwnedLines> held;

    void read(std::string_view lines) {
        read::for_each_line(lines, [this](std::string_view line) { ++(columns.add(line) ? events : bad_lines); });
    }

    void run(LineSource& source, Keep keep) {
        for (OwnedLines lines; source.next(lines);) {
            columns.set_lines(lines.number);
            read(lines.view());
            if (keep == Keep::lines) held.push_back(std::move(lines));
        }
    }
};

struct Appeared {
    Column column;
    std::uint64_t lines;
    std::size_t place;

    [[nodiscard]] bool before(const Appeared& other) const {
        return lines != other.lines ? lines < other.lines : place < other.place;
    }
};

std::vector<Column> merged_by_appearance(const std::vector<Part>& parts) {
    std::unordered_map<std::string, std::size_t> known;
    std::vector<Appeared> all;
    for (const Part& part : parts) {
        for (std::size_t i = 0; i < part.columns.columns().size(); ++i) {
            const Appeared here{part.columns.columns()[i], part.columns.first_seen()[i], i};
            const auto [entry, is_new] = known.emplace(here.column.key, all.size());
            if (is_new) {
                all.push_back(here);
                continue;
            }
            Appeared& there = all[entry->second];
            const ColumnType type = merged(there.column.type, here.column.type, reserved(here.column.key));
            if (here.before(there)) there = here;
            there.column.type = type;
        }
    }
    std::sort(all.begin(), all.end(), [](const Appeared& a, const Appeared& b) { return a.before(b); });
    std::vector<Column> columns;
    for (Appeared& each : all) columns.push_back(std::move(each.column));
    return columns;
}

}  // namespace

LineSurvey survey(LineSource& source, Keep keep) {
    std::vector<Part> parts(platform::search_threads());
    platform::at_once(parts.size(), [&](std::size_t number) { parts[number].run(source, keep); });

    LineSurvey found;
    for (Part& part : parts) {
        found.events += part.events;
        found.bad_lines += part.bad_lines;
        found.too_many_columns = found.too_many_columns || part.columns.too_many();
        std::move(part.held.begin(), part.held.end(), std::back_inserter(found.held));
    }
    found.columns = merged_by_appearance(parts);
    if (found.columns.size() > ColumnInference::kMostColumns) {
        found.columns.resize(ColumnInference::kMostColumns);
        found.too_many_columns = true;
    }
    std::sort(found.held.begin(), found.held.end(),
              [](const OwnedLines& a, const OwnedLines& b) { return a.number < b.number; });
    return found;
}

}  // namespace wideline::query
