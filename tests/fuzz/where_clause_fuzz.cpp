// Any question in SQL: what is answered from the frames that its WHERE needs is what is answered from all of them.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <wideline/sink.hpp>

#include "fuzz/choices.hpp"
#include "journal/test_batch.hpp"
#include "query/events_view.hpp"
#include "query/value_text.hpp"
#include "query/where_clause.hpp"

using namespace wideline;
using testing_fuzz::Choices;

/// DuckDB keeps pointers where no sanitizer looks for them.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }

namespace {

constexpr int kFrames = 8;
constexpr int kEventsOfFrame = 24;
/// The frames must be so large that they have filters.
constexpr std::size_t kFillerBytes = 1200;

/// Fields of every type; some of few frames, and some of another type there.
std::string event(int number, std::mt19937& random) {
    const int frame = number / kEventsOfFrame;
    const int second = number * 7;
    std::string filler;
    while (filler.size() < kFillerBytes) filler += "0123456789abcdef"[random() % 16];
    const auto text = [](const std::string& content) { return "\"" + content + "\""; };
    const auto digits = [](int value) { return std::to_string(value); };
    char time[40];
    std::snprintf(time, sizeof time, "2026-11-23T22:%02d:%02d.5Z", second / 60, second % 60);
    const std::string names[] = {"search", "checkout", "Search", "only " + digits(frame)};
    std::string line = R"({"timestamp":)" + text(time) + R"(,"name":)" + text(names[random() % 4]);
    line += R"(,"number":)" + digits(number) + R"(,"sample_weight":)" + digits(1 + number % 3);
    line += R"(,"user.id":)" + text("u_" + digits(number % 40)) + R"(,"zip":)" + text("0" + digits(frame));
    line += R"(,"ratio":)" + digits(number / 4) + (number % 4 == 0 ? ".0" : ".25");
    line += R"(,"big":)" + std::to_string((std::uint64_t{1} << 63) + static_cast<unsigned>(frame));
    line += R"(,"flag":)" + std::string(frame % 2 == 0 ? "true" : "false") + R"(,"tags":["a",)" + text(digits(frame)) +
            R"(],"object":{"a":)" + digits(frame) + "}";
    line += R"(,"Case":)" + digits(frame) + R"(,"case":)" + text(digits(frame));
    const std::string mixed[] = {"7", text("7"), "true", text("x"), text("07"), "null", "7.0", text("true")};
    line += R"(,"mixed":)" + mixed[frame];
    if (frame == 2) line += R"(,"rare":5)";
    if (frame == 6) line += R"(,"rare":6,"seldom":"x")";
    return line + R"(,"filler":)" + text(filler) + "}\n";
}

std::string write_journal(const std::string& directory) {
    static std::vector<SinkPtr> open;  // A closed segment would be put into columns.
    std::mt19937 random(5);
    open.push_back(journal(directory));
    open.back()->open(Service{});
    constexpr std::int64_t kBegin = 1'795'471'200'000'000;  // 2026-11-23T22:00:00Z
    for (int frame = 0; frame < kFrames; ++frame) {
        std::string lines;
        for (int i = 0; i < kEventsOfFrame; ++i) lines += event(frame * kEventsOfFrame + i, random);
        const std::int64_t first = kBegin + frame * kEventsOfFrame * 7'000'000LL + 500'000;
        open.back()->deliver(testing_journal::TestBatch(lines, kEventsOfFrame, 0, static_cast<std::uint64_t>(frame),
                                                        first, first + (kEventsOfFrame - 1) * 7'000'000LL));
    }
    for (const auto& entry : std::filesystem::directory_iterator(directory))
        if (entry.path().string().ends_with(".jsonl.zst")) return entry.path().string();
    std::abort();
}

[[noreturn]] void fail(const std::string& what) {
    std::fprintf(stderr, "%s\n", what.c_str());
    std::abort();
}

class Asked {
public:
    explicit Asked(std::vector<std::string> segments) {
        auto opened = query::Database::open();
        if (!opened.ok()) {
            std::fprintf(stderr, "skipped: %s\n", opened.failure().sentence().c_str());
            std::exit(0);
        }
        database_ = std::move(opened.value());
        auto view = query::EventsView::in(*database_, std::move(segments), {[](const auto&) {}, [](const auto&) {}});
        if (!view.ok()) fail(view.failure().sentence());
        view_ = std::move(view.value());
        show({});
        const auto bounded = database_->run(
            "SET threads = 1; SET memory_limit = '500MB'; SET temp_directory = ''; "
            "SET enable_external_access = false; SET lock_configuration = true");
        if (!bounded.ok()) fail(bounded.failure().sentence());
    }

    query::Database& database() { return *database_; }
    void show(const query::FrameCondition& condition) {
        if (const auto shown = view_->show(condition); !shown.ok()) fail(shown.failure().sentence());
    }
    struct Answer {
        std::vector<std::string> names;
        std::string rows;
        bool operator==(const Answer&) const = default;
    };
    /// Nothing where the question fails.
    std::optional<Answer> answer(const std::string& sql) {
        Answer answer;
        const auto status = database_->run(view_->weighted(sql), [&answer](query::Rows& result) {
            answer.names = result.names();
            return result.for_each_chunk([&](query::duck::Chunk chunk, query::duck::Index count) {
                for (query::duck::Index row = 0; row < count; ++row) {
                    for (std::size_t i = 0; i < result.names().size(); ++i) {
                        query::ColumnText(result.api(), result.api().data_chunk_get_vector(chunk, i), result.types()[i])
                            .append_json(answer.rows, row);
                        answer.rows += i + 1 == result.names().size() ? "\n" : ",";
                    }
                }
            });
        });
        if (!status.ok()) return std::nullopt;
        return answer;
    }

private:
    std::unique_ptr<query::Database> database_;
    std::unique_ptr<query::EventsView> view_;
};

/// The same events twice: to be shown by a condition, and as a whole.
struct Events {
    explicit Events(const std::vector<std::string>& segments) : some(segments), all(segments) {}
    Asked some;
    Asked all;
};

/// A journal; and one beside what another program wrote, with other types under the same keys.
Events& events(std::size_t which) {
    static const testing_journal::TemporaryDirectory directory;
    static const std::string segment = write_journal(directory.path());
    static Events journal_alone({segment});
    static Events with_others([] {
        const std::string path = directory.path("others.jsonl");
        testing_journal::write_file(path,
                                    "{\"timestamp\":\"never\",\"number\":\"seven\",\"user.id\":7,\"ratio\":1}\n"
                                    "{\"timestamp\":\"2026-11-23 22:10:00\",\"zip\":{\"a\":1}}\n");
        return std::vector<std::string>{segment, path};
    }());
    return which == 0 ? journal_alone : with_others;
}

class Grammar {
public:
    explicit Grammar(Choices& choices) : choices_(choices) {}

    std::string statement(int depth = 0) {
        std::string sql =
            "SELECT " + std::string(choices_.one_of(
                            {"number", "number, name", "count(*), requests()", "number, name AS timestamp",
                             "number AS number_, lower(name) AS name", "1 AS number, name", "DISTINCT name", "*",
                             "max(number) OVER ()", "(SELECT 1) AS zip, number", "ratio AS \"user.id\", number"}));
        sql += " FROM " + source(depth);
        if (choices_.pick(8) != 1) sql += " WHERE " + condition(0);
        return sql + std::string(
                         choices_.one_of({"", "", " ORDER BY 1", " LIMIT 3", " GROUP BY ALL", " LIMIT 5 OFFSET 2",
                                          " QUALIFY row_number() OVER () < 9", " USING SAMPLE 5 ROWS (reservoir, 1)"}));
    }

private:
    std::string source(int depth) {
        if (depth < 2 && choices_.pick(8) == 1) return "(" + statement(depth + 1) + ") AS " + alias();
        return std::string(
            choices_.one_of({"events", "EVENTS", "events AS e", "events e", "temp.events", "events AS name",
                             "events, events AS e", "events TABLESAMPLE reservoir(30 ROWS) REPEATABLE (3)",
                             "events AS e(number, timestamp)", "events POSITIONAL JOIN range(9)"}));
    }
    std::string alias() { return std::string(choices_.one_of({"events", "e", "s"})); }
    std::string column() {
        return std::string(choices_.one_of({"", "", "", "e.", "events.", "EVENTS.", "temp.events."})) +
               std::string(choices_.one_of(
                   {"timestamp", "number", "name",   "\"user.id\"", "zip",           "ratio",         "big",
                    "flag",      "tags",   "object", "mixed",       "rare",          "seldom",        "\"Case\"",
                    "\"case\"",  "case_1", "NUMBER", "\"USER.ID\"", "\"Timestamp\"", "sample_weight", "nothing"}));
    }
    std::string time() {
        return std::string(choices_.one_of({"'2026-11-23T22:05:00Z'",
                                            "'2026-11-23 22:10:00'",
                                            "'2026-11-23'",
                                            "timestamp '2026-11-23 22:12:34.5'",
                                            "date '2026-11-24'",
                                            "now()",
                                            "'infinity'",
                                            "timestamptz '2026-11-24 02:08:00+04'",
                                            "'2026-11-23T23:05:00+01:00'",
                                            "'Z'",
                                            "'2026-11-23T22:03:00.5Z'",
                                            "'epoch'",
                                            "current_date",
                                            "today()",
                                            "'22:10'",
                                            "'2026-11-23 22:15'::timestamp",
                                            "'2026-11-23 22:15+02'::timestamptz",
                                            "'-infinity'::timestamp",
                                            "'290000-01-01'",
                                            "'2026-11-23T22:10:00.123456789Z'"}));
    }
    std::string value() {
        const std::size_t kind = choices_.pick(8);
        if (kind < 2) return time();
        if (kind == 2)
            return "(" + time() + std::string(choices_.one_of({" - ", " + "})) + "interval " +
                   std::string(choices_.one_of({"90000 day", "1 hour", "'5 minutes'", "1 month", "-3 year"})) + ")";
        if (kind == 3)
            return "date_trunc(" + std::string(choices_.one_of({"'hour'", "'day'", "'minute'"})) + ", " + time() + ")";
        if (kind == 4) {
            const std::string text(choices_.bytes(8));
            return text.find('\0') == text.npos ? query::quoted_text(text) : "''";
        }
        const std::string number = std::to_string(choices_.pick(200));
        if (kind == 5) return number;
        return std::string(choices_.one_of({"'search'",
                                            "'Search'",
                                            "'u_7'",
                                            "'03'",
                                            "'7'",
                                            "7",
                                            "7.0",
                                            "7e0",
                                            "'x'",
                                            "'only 4'",
                                            "-1",
                                            "NULL",
                                            "true",
                                            "'true'",
                                            "9223372036854775810",
                                            "'9223372036854775810'",
                                            "3.25",
                                            "'3.25'",
                                            "17::VARCHAR",
                                            "'17'::INT",
                                            "5",
                                            "['a','3']",
                                            "'{\"a\":3}'",
                                            "''",
                                            "x'41'",
                                            "'SEARCH' COLLATE NOCASE",
                                            "1 + 4",
                                            "'a' || 'b'",
                                            "0x11",
                                            "1_7"}));
    }
    std::string operand() { return choices_.pick(3) == 1 ? value() : column(); }
    std::string comparison() {
        return std::string(choices_.one_of({" = ", " = ", " >= ", " < ", " > ", " <= ", " <> ", " IS DISTINCT FROM ",
                                            " IS NOT DISTINCT FROM ", " LIKE ", "=="}));
    }
    std::string condition(int depth) {
        const std::size_t kind = choices_.pick(depth < 4 ? 14 : 9);
        switch (kind) {
            case 0:
            case 1:
            case 2:
            case 3:
            case 4: {
                const std::string left = operand();
                const std::string compared = comparison();
                return left + compared + (choices_.pick(3) == 1 ? column() : value());
            }
            case 5:
                return column() + std::string(choices_.one_of({" BETWEEN ", " NOT BETWEEN "})) + value() + " AND " +
                       value();
            case 6:
            case 7: {
                std::string in = column() + std::string(choices_.one_of({" IN (", " NOT IN ("})) + value();
                while (choices_.pick(2) == 1) in += ", " + value();
                return in + ")";
            }
            case 8:
                return column() + std::string(choices_.one_of({" IS NULL", " IS NOT NULL", "", " IS TRUE"}));
            case 9:
            case 10:
            case 11: {
                const std::string left = condition(depth + 1);
                return left + " AND " + condition(depth + 1);
            }
            case 12: {
                const std::string left = condition(depth + 1);
                return "(" + left + " OR " + condition(depth + 1) + ")";
            }
            default:
                return "NOT (" + condition(depth + 1) + ")";
        }
    }

    Choices& choices_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 2048) return 0;
    Choices choices(data, size);
    const std::size_t form = choices.pick(8);
    Events& asked = events(form % 2);
    const std::string sql = form < 2 ? std::string(choices.rest()) : Grammar(choices).statement();
    if (sql.find('\0') != std::string::npos) return 0;

    const query::FrameCondition condition = query::frame_condition_of(asked.some.database(), sql);
    if (condition.takes_everything()) return 0;
    asked.some.show(condition);
    const auto some = asked.some.answer(sql);
    const auto all = asked.all.answer(sql);
    if (!some || !all || *some == *all) return 0;  // Of a question that fails the command asks all frames.
    if (some->names != all->names) return 0;       // The columns of `*` are those of the frames that were read.
    if (asked.all.answer(sql) != all) return 0;    // It is of chance, or of the time.
    fail(sql + "\nfrom the frames that it needs:\n" + some->rows.substr(0, 1000) + "from all:\n" +
         all->rows.substr(0, 1000));
}
