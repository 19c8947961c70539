// The command. Each verb is a file of its own; here are their options, and what every one of them does with errors.
#include <csignal>
#include <cstdio>
#include <exception>
#include <functional>
#include <new>
#include <string>

#include <CLI/CLI.hpp>

#include "cli/cache.hpp"
#include "cli/cat.hpp"
#include "cli/check.hpp"
#include "cli/completions.hpp"
#include "cli/cost.hpp"
#include "cli/diff.hpp"
#include "cli/grep.hpp"
#include "cli/input.hpp"
#include "cli/output.hpp"
#include "cli/query.hpp"
#include "cli/recover.hpp"
#include "cli/schema.hpp"
#include "cli/stats.hpp"
#include "cli/tail.hpp"
#include "cli/verify.hpp"
#include "cli/view.hpp"

namespace wideline::cli {
namespace {

constexpr const char* kPathHelp = "segments, directories of segments, or - for standard input";

void add_selection(CLI::App& app, SelectionOptions& options) {
    app.add_option("--since", options.since,
                   "events that began then or later: 2026-11-23T22:00:00Z, 2026-11-23, 15m, 2h, 3d");
    app.add_option("--until", options.until, "events that began before then");
    app.add_flag("--errors", options.errors, "only events whose outcome is not success");
}

void add_cat(CLI::App& app, CatOptions& options) {
    app.add_option("PATH", options.paths, kPathHelp)->required();
    app.add_flag("--pretty", options.pretty, "for people: aligned, and coloured on a terminal");
    add_selection(app, options.selection);
    app.add_option("--fields", options.fields, "only these fields, in this order: a,b,c")->delimiter(',');
    app.footer("Example: wideline cat --pretty --errors --since 15m logs");
}

void add_grep(CLI::App& app, GrepOptions& options) {
    app.add_option("EXPR_PATH", options.arguments,
                   "what to look for, then segments, directories of segments, or - for standard input")
        ->required();
    app.add_flag("--any", options.any, "events that match any EXPR, instead of all of them");
    app.add_flag("--count", options.count, "print how many there are");
    app.add_option("--max", options.most, "stop after so many events that match");
    app.add_option_function<std::string>(
           "--context", [&options](const std::string&) { options.whole_traces = true; },
           "trace: all events of the traces that have one that matches")
        ->check(CLI::IsMember({"trace"}));
    add_selection(app, options.selection);
    app.add_flag("--pretty", options.pretty, "for people: aligned, and coloured on a terminal");
    app.add_option("--fields", options.fields, "only these fields, in this order: a,b,c")
        ->delimiter(',')
        ->allow_extra_args(false);
    app.footer(
        "EXPR is one of\n"
        "  key=value   a string, number, true, false or null; of an array, one of its items\n"
        "  key!=value  the field is there, not null, and not that\n"
        "  key<value   and <=, >, >=: numbers by value, strings by their bytes\n"
        "  key~regex   a string in which the regular expression matches somewhere\n"
        "  word        a field of that name is there, or a value has this text in it; \"in quotes\", text alone\n"
        "A comparison with a field that is absent is false, != too. The first argument is an EXPR; the first one\n"
        "after it that is a file or a directory, or -, is a PATH, and so are all behind it. PATHs may come first, too.\n\n"
        "Example: wideline grep http.route=/checkout 'duration_ms>500' --since 2h logs");
}

void add_tail(CLI::App& app, TailOptions& options) {
    app.add_option("PATH", options.paths, "segments, or directories of segments")->required();
    app.add_option("-n", options.events, "so many events, the newest by their time (10)");
    app.add_flag("-f,--follow", options.follow, "go on with events as they come, from new segments too");
    app.add_flag("--pretty", options.pretty, "for people: aligned, and coloured on a terminal");
    app.add_flag("--errors", options.errors, "only events whose outcome is not success");
    app.add_option("--fields", options.fields, "only these fields, in this order: a,b,c")->delimiter(',');
    app.footer("Example: wideline tail -f --errors --fields timestamp,name,error.message logs");
}

void add_stats(CLI::App& app, StatsOptions& options) {
    app.add_option("PATH", options.paths, kPathHelp)->required();
    app.add_option("--by", options.by, "group by this field instead of the request's name");
    app.add_flag("--json", options.json, "for programs");
    app.footer(
        "Each kept event stands for sample_weight requests; the 95 % interval is left out where it was exact. A "
        "percentile is "
        "the\n"
        "smallest duration whose cumulative weight reaches it: exact up to 1,048,576 events a group (4,194,304 in "
        "all), and\n"
        "within 0.5 %, marked ~, beyond. Past 10,000 groups the rest are one.\n\n"
        "Example: wideline stats --by http.route logs");
}

void add_cost(CLI::App& app, CostOptions& options) {
    app.add_option("PATH", options.paths, kPathHelp)->required();
    app.add_flag("--json", options.json, "for programs");
    app.footer(
        "A field's compressed bytes are estimated: zstd's matches and literals are priced as its entropy coder would, "
        "and\n"
        "the prices scaled so that all add up to the files. What sampling saved is what was sampled away times what a\n"
        "kept event of that rule takes.\n\nExample: wideline cost logs");
}

void add_diff(CLI::App& app, DiffOptions& options) {
    app.add_option("PATH", options.paths, kPathHelp)->required();
    add_selection(app, options.selection);
    app.add_option("--where", options.where,
                   "the events to set apart, instead of the errors: an EXPR as of grep; several must all hold")
        ->type_name("EXPR")
        ->take_all()
        ->allow_extra_args(false);
    app.add_flag("--json", options.json, "for programs");
    app.footer(
        "Shares are of requests, by weight. Only differences that are hardly chance are shown (log-likelihood ratio, "
        "5 %\nafter Bonferroni's correction), the largest first. Numbers are looked at by tenths; fields of which "
        "nearly\nevery event has a value of its own are left out.\n\n"
        "Example: wideline diff --where name=checkout --where 'duration_ms>500' logs");
}

void add_schema(CLI::App& app, SchemaOptions& options) {
    app.add_option("PATH", options.paths, kPathHelp)->required();
    add_selection(app, options.selection);
    CLI::Option* const json = app.add_flag("--json", options.json, "for programs");
    CLI::Option* const json_schema =
        app.add_flag("--json-schema", options.json_schema, "a JSON Schema (2020-12) that all these events satisfy");
    CLI::Option* const clickhouse = app.add_flag("--clickhouse", options.clickhouse,
                                                 "a CREATE TABLE for ClickHouse that takes the lines as JSONEachRow");
    CLI::Option* const check =
        app.add_option("--check", options.check,
                       "what was added, removed and retyped since FILE, an earlier --json-schema; status 1 where\n"
                       "anything was removed or retyped")
            ->type_name("FILE");
    json_schema->excludes(json)->excludes(clickhouse)->excludes(check);
    clickhouse->excludes(json)->excludes(check);
    app.footer(
        "Of requests: the share of all requests whose event has the field, by weight. Distinct values are counted "
        "exactly\nup to 512, and within some 2 %, marked ~, beyond.\n\n"
        "Example: wideline schema --json-schema logs >schema.json; wideline schema --check schema.json logs");
}

void add_query(CLI::App& app, QueryOptions& options) {
    app.add_option("SQL PATH", options.arguments,
                   std::string("a statement, and ") + kPathHelp +
                       "; the statement may come last too, and without one there is a prompt")
        ->required();
    app.add_flag("--json", options.json, "an object a line");
    app.add_flag("--csv", options.csv, "comma-separated values with a head");
    app.add_option("--parquet", options.parquet, "into this Parquet file")->type_name("FILE");
    app.footer(
        "The fields of all events are the columns of the view events; a key with a dot is quoted. requests() is how "
        "many\n"
        "requests the events stand for, and wquantile(x, q) a quantile over them. Needs DuckDB's library.\n\n"
        "Example: wideline query 'select name, requests() from events group by all' logs");
}

void add_view(CLI::App& app, ViewOptions& options) {
    app.add_option("PATH", options.paths, "segments, or directories of segments")->required();
    app.add_option("--port", options.port, "listen on this port, 0 for any that is free (8417, or any)")
        ->check(CLI::Range(0, 65535));
    app.add_option("--host", options.host,
                   "listen on this address instead of 127.0.0.1. Whoever reaches it can read the events");
    app.footer("Ctrl-C ends it.\n\nExample: wideline view logs");
}

/// CLI11 ends sentences as it likes; ours is one line that says what to do.
ExitStatus complain_about_usage(const CLI::App& app, const CLI::ParseError& error) {
    const auto chosen = app.get_subcommands();
    const std::string verb = chosen.empty() ? "" : " " + chosen.front()->get_name();
    complain(std::string(error.what()) + "; see wideline" + verb + " --help");
    return ExitStatus::unusable;
}

ExitStatus run(int argc, char** argv) {
    CLI::App app{"Reads wideline's segments: compressed JSON lines, one wide event a request."};
    app.name("wideline");
    app.set_version_flag("--version", "wideline " WIDELINE_VERSION);
    app.require_subcommand(1);
    app.footer("Exit status: 0 done, 1 nothing found or problems found, 2 wrong usage or unreadable input.");

    ExitStatus status = ExitStatus::done;
    CatOptions cat_options;
    CLI::App* const cat_verb = app.add_subcommand("cat", "print events as JSON lines");
    add_cat(*cat_verb, cat_options);
    cat_verb->callback([&] { status = cat(cat_options); });
    GrepOptions grep_options;
    CLI::App* const grep_verb = app.add_subcommand("grep", "print the events that match");
    add_grep(*grep_verb, grep_options);
    grep_verb->callback([&] { status = grep(grep_options); });
    TailOptions tail_options;
    CLI::App* const tail_verb = app.add_subcommand("tail", "print the newest events, and follow those that come");
    add_tail(*tail_verb, tail_options);
    tail_verb->callback([&] { status = tail(tail_options); });
    StatsOptions stats_options;
    CLI::App* const stats_verb =
        app.add_subcommand("stats", "requests, errors and durations, estimated from the kept events");
    add_stats(*stats_verb, stats_options);
    stats_verb->callback([&] { status = stats(stats_options); });
    CheckOptions check_options;
    CLI::App* const check_verb = app.add_subcommand("check", "check a configuration file");
    check_verb->add_option("FILE", check_options.path, "a file as wideline::load reads");
    check_verb->add_flag("--schema", check_options.schema, "print the JSON Schema of such files");
    check_verb->footer("Example: wideline check wideline.json");
    check_verb->callback([&] { status = check(check_options); });
    CostOptions cost_options;
    CLI::App* const cost_verb = app.add_subcommand("cost", "what fields, rules and events take on disk");
    add_cost(*cost_verb, cost_options);
    cost_verb->callback([&] { status = cost(cost_options); });
    DiffOptions diff_options;
    CLI::App* const diff_verb = app.add_subcommand("diff", "which field values set errors, or others, apart");
    add_diff(*diff_verb, diff_options);
    diff_verb->callback([&] { status = diff(diff_options); });
    SchemaOptions schema_options;
    CLI::App* const schema_verb = app.add_subcommand("schema", "the fields of events, and what changed among them");
    add_schema(*schema_verb, schema_options);
    schema_verb->callback([&] { status = schema(schema_options); });
    VerifyOptions verify_options;
    CLI::App* const verify_verb = app.add_subcommand("verify", "check every frame, index and seek table");
    verify_verb->add_option("PATH", verify_options.paths, kPathHelp)->required();
    verify_verb->footer("Example: wideline verify logs");
    verify_verb->callback([&] { status = verify(verify_options); });
    RecoverOptions recover_options;
    CLI::App* const recover_verb =
        app.add_subcommand("recover", "write what dead processes left behind; make damaged segments whole");
    recover_verb->add_option("PATH", recover_options.paths, "journals: directories of segments; or segments")
        ->required();
    recover_verb->footer("Example: wideline recover logs");
    recover_verb->callback([&] { status = recover(recover_options); });
    ViewOptions view_options;
    CLI::App* const view_verb = app.add_subcommand("view", "a local web page: search, break down, one event in full");
    add_view(*view_verb, view_options);
    view_verb->callback([&] { status = view(view_options); });
    std::string shell;
    CLI::App* const completions_verb = app.add_subcommand("completions", "print a script for a shell's completion");
    completions_verb->add_option("SHELL", shell, "bash, zsh or fish")->required();
    completions_verb->footer("Example: source <(wideline completions bash)");
    completions_verb->callback([&] { status = completions(app, shell); });

    QueryOptions query_options;
    CLI::App* const query_verb = app.add_subcommand("query", "SQL over events");
    add_query(*query_verb, query_options);
    query_verb->callback([&] { status = query(query_options); });
    CacheOptions cache_options;
    CLI::App* const cache_verb = app.add_subcommand("cache", "put closed segments into columns, for quicker queries");
    cache_verb->add_option("PATH", cache_options.paths, kPathHelp)->required();
    cache_verb->footer("Example: wideline cache logs");
    cache_verb->callback([&] { status = cache(cache_options); });

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() != 0) return complain_about_usage(app, error);
        app.exit(error);  // --help and --version
    }
    return status;
}

ExitStatus run_safely(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const ClosedPipe&) {
        return ExitStatus::done;
    } catch (const std::bad_alloc&) {
        complain("there is not enough memory");
    } catch (const std::exception& error) {
        complain(error.what());
    }
    return ExitStatus::unusable;
}

}  // namespace
}  // namespace wideline::cli

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);  // A closed pipe is an error of write, and ends quietly.
    return static_cast<int>(wideline::cli::run_safely(argc, argv));
}
