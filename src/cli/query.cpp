#include "cli/query.hpp"

#include <algorithm>
#include <functional>
#include <iostream>
#include <iterator>
#include <optional>
#include <stdexcept>

#include "cli/answer.hpp"
#include "cli/event_segments.hpp"
#include "cli/input.hpp"
#include "cli/interrupt.hpp"
#include "platform/file_system.hpp"
#include "platform/terminal.hpp"
#include "query/events_view.hpp"
#include "query/weighted_calls.hpp"
#include "query/where_clause.hpp"

namespace wideline::cli {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

/// A statement is of several words, and no file is called so. It may begin with a comment, but with no directory: a
/// path with a blank in it that is not there is a path all the same.
bool is_statement(const std::string& argument) {
    const bool names_directory = (argument.starts_with('/') && !argument.starts_with("/*")) ||
                                 argument.starts_with("./") || argument.starts_with("../");
    return argument.find_first_of(kBlanks) != std::string::npos && !names_directory && !is_path(argument);
}

struct Question {
    std::optional<std::string> sql;
    std::vector<std::string> paths;
};

Question question_of(std::vector<std::string> arguments) {
    Question question;
    const bool first = !arguments.empty() && is_statement(arguments.front());
    const bool last = arguments.size() > 1 && is_statement(arguments.back());
    if (first && last)
        throw std::invalid_argument("query takes one statement, before or after the paths, and " + arguments.front() +
                                    " is no path that can be read; see wideline query --help");
    if (first || last) {
        const auto place = first ? arguments.begin() : arguments.end() - 1;
        question.sql = *place;
        arguments.erase(place);
    }
    question.paths = std::move(arguments);
    if (question.paths.empty())
        throw std::invalid_argument(
            "query needs a path: segments, directories of segments, or -; see wideline query "
            "--help");
    if (!question.sql && std::count(question.paths.begin(), question.paths.end(), "-") != 0)
        throw std::invalid_argument("events come from standard input, so the statement cannot: give it as an argument");
    return question;
}

/// Without the semicolons behind it, and with an end to a comment behind it.
std::string enclosed(std::string sql) {
    while (!sql.empty() && (kBlanks.find(sql.back()) != kBlanks.npos || sql.back() == ';')) sql.pop_back();
    return "(" + sql + "\n)";
}

class Query {
public:
    /// `hear_uncorrected` is called if an answer lacks what was lost.
    Query(query::Database& database, query::EventsView& view, const QueryOptions& options,
          std::function<void()> hear_uncorrected)
        : database_(database), view_(view), parquet_(options.parquet), hear_uncorrected_(std::move(hear_uncorrected)) {
        form_ = options.json ? AnswerForm::json : options.csv ? AnswerForm::csv : AnswerForm::table;
    }

    platform::Status answer(const std::string& sql) {
        const query::FrameCondition condition = query::frame_condition_of(database_, sql);
        const auto shown = view_.show(condition);
        if (!shown.ok()) return shown.failure();
        auto status = run(sql);
        if (status.ok() || condition.takes_everything() || !status.failure().what.starts_with("Binder Error"))
            return status;
        // A column that it names may be in frames that were not read.
        const auto all = view_.show({});
        if (!all.ok()) return all.failure();
        return run(sql);
    }

    /// Statements that end with a semicolon, from a person.
    void converse() {
        std::cout << "SQL over events, ended by a semicolon; `describe events;` lists the fields; Ctrl-C stops a "
                     "statement, Ctrl-D ends.\n";
        Interrupt interrupt(database_);
        std::string sql;
        for (std::string line;;) {
            prompt(sql.empty());
            if (!interrupt.line_comes()) {
                interrupt.taken();
                std::cout << '\n';
                sql.clear();
                continue;
            }
            if (!std::getline(std::cin, line)) break;
            sql += line + "\n";
            const std::size_t last = sql.find_last_not_of(kBlanks);
            if (last == std::string::npos) sql.clear();
            if (sql.empty() || sql[last] != ';') continue;
            const auto status = run(sql);
            if (interrupt.taken() && !status.ok()) {
                std::cout << '\n';
            } else if (!status.ok()) {
                complain(status.failure().sentence());
            }
            sql.clear();
        }
        std::cout << std::endl;
    }

    platform::Status run(const std::string& written) {
        platform::Status status = run_weighted(view_.weighted(written));
        if (!view_.corrects()) return status;
        const bool out_of_reach =
            !status.ok() && status.failure().what.find(query::kCorrectedWeight) != std::string::npos;
        if (out_of_reach) status = run_weighted(view_.weighted_uncorrected(written));
        if (!status.ok()) return status;
        if (out_of_reach || query::reads_weight(written))
            hear_uncorrected_();
        else
            complain(
                "events were lost; requests() and wquantile() are corrected by it, and wideline stats has the losses");
        return status;
    }

private:
    platform::Status run_weighted(const std::string& sql) {
        if (!parquet_.empty())
            return database_.run("COPY (SELECT *" + exact_columns(sql) + " FROM " + enclosed(sql) + ") TO " +
                                 query::quoted_text(parquet_) + " (FORMAT parquet, COMPRESSION zstd)");
        return database_.run(sql, [this](query::Rows& rows) { return write_answer(rows, form_); });
    }

    /// Parquet has no 128-bit integers, and DuckDB would round them to doubles: a decimal of 38 digits holds them.
    std::string exact_columns(const std::string& sql) {
        const auto columns =
            database_.texts("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM " + enclosed(sql) + ")");
        std::string replaced;
        if (!columns.ok()) return replaced;  // The statement fails with the same words.
        for (const auto& column : columns.value()) {
            const bool list = column[1] == "HUGEINT[]";
            if (!list && column[1] != "HUGEINT") continue;
            const std::string name = query::quoted_name(column[0]);
            replaced += (replaced.empty() ? " REPLACE (" : ", ") + name + "::DECIMAL(38, 0)" + (list ? "[]" : "") +
                        " AS " + name;
        }
        return replaced.empty() ? replaced : replaced + ")";
    }

    static void prompt(bool new_statement) { std::cout << (new_statement ? "events> " : "   ...> ") << std::flush; }

    query::Database& database_;
    query::EventsView& view_;
    std::string parquet_;
    std::function<void()> hear_uncorrected_;
    AnswerForm form_;
};

platform::Status ask(Query& query, query::EventsView& view, const std::optional<std::string>& sql,
                     std::optional<Progress>& progress) {
    if (sql) return query.answer(*sql);
    const auto shown = view.show({});
    if (!shown.ok()) return shown.failure();
    if (!platform::stdin_is_terminal())
        return query.run(std::string(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()));
    progress.reset();
    query.converse();
    return {};
}

}  // namespace

ExitStatus query(const QueryOptions& options) {
    const Question question = question_of(options.arguments);
    if (options.json + options.csv + !options.parquet.empty() > 1)
        throw std::invalid_argument("--json, --csv and --parquet are three forms of one answer: choose one");
    auto database = query::Database::open();
    if (!database.ok()) {
        complain(database.failure().sentence());
        return ExitStatus::unusable;
    }
    EventSegments events = event_segments(question.paths);
    ExitStatus status = events.status;
    if (events.segments.empty() && status != ExitStatus::done) return status;

    std::atomic<std::uint64_t> bytes_read{0};
    std::optional<Progress> progress(std::in_place, bytes_read,
                                     [segments = events.segments] { return twice_bytes_at(segments); });
    const auto hear = [&status](const std::string& sentence) {
        complain(sentence);
        status = worse(status, ExitStatus::nothing_or_problems);
    };
    query::EventsView::Hearer hearer{hear,
                                     [&] {
                                         if (progress) progress->remark("into columns, once for all questions");
                                     },
                                     bytes_read};
    auto view = query::EventsView::in(*database.value(), std::move(events.segments), std::move(hearer));
    if (!view.ok()) view.failure().raise();
    Query asked(*database.value(), *view.value(), options, [&hear] {
        hear(
            "events were lost, and the answer lacks them: requests() and wquantile() of events itself are corrected by "
            "it, sample_weight is not");
    });
    const auto answered = ask(asked, *view.value(), question.sql, progress);
    progress.reset();
    // Before the view, whose lines its functions read.
    database.value().reset();
    // Without an event there is no column to name either.
    const bool nothing_to_name =
        view.value()->extent().events == 0 && !answered.ok() && answered.failure().what.starts_with("Binder Error");
    if (!answered.ok() && !nothing_to_name) {
        complain(answered.failure().sentence());
        return ExitStatus::unusable;
    }
    if (view.value()->extent().events == 0) {
        if (status == ExitStatus::done) complain("there are no events");
        status = worse(status, ExitStatus::nothing_or_problems);
    }
    return status;
}

}  // namespace wideline::cli
