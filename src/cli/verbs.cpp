#include "cli/verbs.hpp"

#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/cache.hpp"
#include "cli/cat.hpp"
#include "cli/check.hpp"
#include "cli/completions.hpp"
#include "cli/cost.hpp"
#include "cli/diff.hpp"
#ifdef WIDELINE_HAS_FORWARD
#include "cli/dead.hpp"
#include "cli/forward.hpp"
#include "cli/replay.hpp"
#endif
#include "cli/grep.hpp"
#include "cli/ps.hpp"
#include "cli/query.hpp"
#include "cli/recover.hpp"
#include "cli/scan.hpp"
#include "cli/schema.hpp"
#include "cli/stats.hpp"
#include "cli/tail.hpp"
#include "cli/verify.hpp"
#include "cli/view.hpp"

namespace wideline::cli {
namespace {

constexpr const char* kVerbs = "Verbs";
constexpr const char* kPathHelp = "segments, directories of segments, or - for standard input";

/// CLI11 takes "-1" for a very large number where one without a sign is wanted.
CLI::Validator at_least(int least) {
    return CLI::Validator(
        [least](std::string& text) {
            const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
            const bool enough = digits && (least == 0 || text.find_first_not_of('0') != std::string::npos);
            return enough ? std::string() : "takes a whole number from " + std::to_string(least) + " on, not " + text;
        },
        "");
}

void add_selection(CLI::App& app, SelectionOptions& options) {
    app.add_option("--since", options.since,
                   "events that began then or later: 2026-11-23T22:00:00Z, 2026-11-23, 15m, 2h, 3d")
        ->type_name("TIME");
    app.add_option("--until", options.until, "events that began before then")->type_name("TIME");
    app.add_flag("--errors", options.errors, "only events that failed");
}

void add_form(CLI::App& app, bool& pretty, std::vector<std::string>& fields) {
    app.add_flag("--pretty", pretty, "for people: aligned, and coloured on a terminal");
    app.add_option("--fields", fields, "only these fields, in this order")
        ->type_name("a,b,c")
        ->delimiter(',')
        ->allow_extra_args(false);
}

void add_cat(CLI::App& app, CatOptions& options) {
    app.add_option("PATH", options.paths, kPathHelp)->required();
    add_form(app, options.pretty, options.fields);
    add_selection(app, options.selection);
    app.footer("Example: wideline cat --pretty --errors --since 15m logs");
}

void add_grep(CLI::App& app, GrepOptions& options) {
    app.add_option("EXPR_PATH", options.arguments,
                   "what to look for, then segments, directories of segments, or - for standard input")
        ->required();
    app.add_flag("--any", options.any, "events that match any EXPR, instead of all of them");
    app.add_flag("--count", options.count, "print how many there are");
    app.add_option("--max", options.most, "stop after N events that match")->type_name("N")->check(at_least(1));
    CLI::Option* const sort =
        app.add_option("--sort", options.sort, "the greatest values of FIELD first; with --max N, the N greatest")
            ->type_name("FIELD");
    app.add_option_function<std::string>(
           "--context", [&options](const std::string&) { options.whole_traces = true; },
           "trace: all events of the traces that have one that matches")
        ->type_name("trace")
        ->check(CLI::IsMember({"trace"}))
        ->excludes(sort);
    add_selection(app, options.selection);
    add_form(app, options.pretty, options.fields);
    app.footer(
        "EXPR is one of\n"
        "  key=value   a string, number, true, false or null; of an array, one of its items\n"
        "  key!=value  the field is there, not null, and not that\n"
        "  key<value   and <=, >, >=: numbers by value, times as times, other strings by their bytes\n"
        "  key~regex   a string in which the regular expression matches somewhere\n"
        "  word        a field of that name is there, or a value has this text in it; \"in quotes\", text alone\n"
        "A comparison with a field that is absent is false, != too. The first argument is an EXPR; the first one\n"
        "after it that is a file or a directory, or -, is a PATH, and so are all behind it. PATHs may come first, "
        "too.\n\n"
        "Example: wideline grep http.route=/checkout 'duration_ms>500' --since 2h logs");
}

void add_tail(CLI::App& app, TailOptions& options) {
    app.add_option("EXPR_PATH", options.arguments,
                   "what to look for, if not all; then segments, or directories of them")
        ->required();
    app.add_option("-n", options.events, "number of events, the newest by their time (10)")
        ->type_name("N")
        ->check(at_least(0));
    app.add_flag("-f,--follow", options.follow, "go on with events as they come, from new segments too");
    app.add_flag("--errors", options.errors, "only events that failed");
    add_form(app, options.pretty, options.fields);
    app.footer(
        "EXPR is as for grep; all must hold.\n\n"
        "Example: wideline tail -f http.route=/checkout --errors --fields timestamp,name,error.message logs");
}

void add_ps(CLI::App& app, PsOptions& options) {
    app.add_option("EXPR_JOURNAL", options.arguments, "what to look for, if not all; then directories of segments")
        ->required();
    app.add_option("--name", options.name, "only requests of this name")->type_name("NAME");
    app.add_flag("--json", options.json, "an object a line, as the event would be written now");
    app.add_flag("-f,--follow", options.follow, "look again each second");
    app.footer(
        "The oldest request comes first. EXPR is as for grep; all must hold. Only requests of this machine are seen, "
        "of\n"
        "processes that write into JOURNAL; their outcome is open, and duration_ms is how long they have lasted.\n\n"
        "Example: wideline ps 'duration_ms>5000' logs");
}

void add_stats(CLI::App& app, StatsOptions& options) {
    app.add_option("PATH", options.paths, kPathHelp)->required();
    add_selection(app, options.selection);
    CLI::Option* const by =
        app.add_option("--by", options.by, "group by this field instead of the request's name")->type_name("FIELD");
    app.add_option("--over", options.over, "a row for each span of time, as 10s, 1m or 2h; with bars on a terminal")
        ->type_name("SPAN")
        ->excludes(by);
    app.add_option("--of", options.of, "mean, percentiles and greatest value of this number field, instead of requests")
        ->type_name("FIELD");
    app.add_flag("--json", options.json, "for programs");
    app.footer(
        "Each kept event stands for sample_weight requests; the 95 % interval is left out where it was exact. A "
        "percentile is "
        "the\nsmallest duration whose cumulative weight reaches it: exact up to 1,048,576 events a group (4,194,304 in "
        "all), and\nwithin 1.3 %, marked ~, beyond and if counts are in it. Past 10,000 groups the rest are one. What "
        "a "
        "service counted\nis exact. With --since, --until or --errors all is estimated from the events that are "
        "selected.\n\n"
        "Examples: wideline stats --by http.route --since 1h logs\n"
        "          wideline stats --over 1m logs\n"
        "          wideline stats --of cart.items --by region logs");
}

void add_cost(CLI::App& app, CostOptions& options) {
    app.add_option("PATH", options.paths, kPathHelp)->required();
    add_selection(app, options.selection);
    CLI::Option* const cpu = app.add_flag("--cpu", options.cpu,
                                          "what requests cost in CPU time and on disk, where Options::cpu_time is set");
    app.add_option("--by", options.by, "with --cpu: a row for each value of this field; the name unless said")
        ->needs(cpu);
    app.add_option("--price", options.price,
                   "with --cpu: what an hour of a core and a gigabyte for a month cost: cpu=0.04,disk=0.1")
        ->needs(cpu);
    app.add_flag("--json", options.json, "for programs");
    app.footer(
        "A field's compressed bytes are estimated: zstd's matches and literals are priced as its entropy coder would, "
        "and\n"
        "the prices scaled so that all add up to the files. What sampling saved is what was sampled away times what a\n"
        "kept event of that rule takes.\n\nExamples: wideline cost logs\n"
        "          wideline cost --cpu --by cache.hit --price cpu=0.04,disk=0.1 logs");
}

void add_diff(CLI::App& app, DiffOptions& options) {
    app.add_option("PATH", options.paths, kPathHelp)->required();
    add_selection(app, options.selection);
    app.add_option("--where", options.where,
                   "the events to set apart, instead of the errors: an EXPR as of grep; several must all hold")
        ->type_name("EXPR")
        ->take_all()
        ->allow_extra_args(false);
    app.add_option("--within", options.within, "compare only among the events that match; several must all hold")
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
        ->type_name("N")
        ->check(CLI::Range(0, 65535));
    app.add_option("--host", options.host,
                   "listen on this address instead of 127.0.0.1. Whoever reaches it can read the events")
        ->type_name("ADDRESS");
    app.footer("Ctrl-C ends it.\n\nExample: wideline view logs");
}

void add_cache(CLI::App& app, CacheOptions& options) {
    app.add_option("PATH", options.paths, kPathHelp)->required();
    app.footer("Example: wideline cache logs");
}

void add_verify(CLI::App& app, VerifyOptions& options) {
    app.add_option("PATH", options.paths, kPathHelp)->required();
    app.footer("Example: wideline verify logs");
}

void add_recover(CLI::App& app, RecoverOptions& options) {
    app.add_option("PATH", options.paths, "journals: directories of segments; or segments")->required();
    app.footer("Example: wideline recover logs");
}

void add_scan(CLI::App& app, ScanOptions& options) {
    app.add_option("PATH", options.paths, kPathHelp)->required();
    app.footer(
        "Prints keys, kinds and counts, never a value. Status 1 if anything was found. The kinds are those of\n"
        "docs/privacy.md: the default names, parameters of URLs, tokens, e-mail addresses, cards and IBANs.\n\n"
        "Example: wideline scan logs");
}

void add_check(CLI::App& app, CheckOptions& options) {
    app.add_option("FILE", options.path, "a file as wideline::load reads");
    app.add_flag("--schema", options.schema, "print the JSON Schema of such files");
    app.footer("Example: wideline check wideline.json");
}

#ifdef WIDELINE_HAS_FORWARD
void add_forward(CLI::App& app, ForwardCommand& options) {
    app.add_option("JOURNAL", options.journal, "a directory of segments, unless the configuration names one");
    app.add_option("--config", options.config, "the configuration, with a section \"forward\"")->type_name("FILE");
    app.add_option("--forward", options.forward, "only this forward")->type_name("NAME");
    app.add_option("--target", options.target, "only this target")->type_name("NAME");
    app.add_option("--metrics", options.metrics, "serve /metrics and /ready on this address, as 127.0.0.1:9464")
        ->type_name("HOST:PORT");
    app.add_flag("--once", options.once, "deliver what is there now, and end");
    app.add_flag("--status", options.status, "print how far each route is");
    app.add_flag("--json", options.json, "with --status: an object a line");
    app.add_flag("--check", options.check, "connect to each target and ask it, without an event");
    app.add_option("--forget", options.forget, "delete a route's cursors: it begins again with the oldest event")
        ->type_name("FORWARD/TARGET");
    app.add_flag("--skip-to-end", options.skip_to_end, "with --forget: pass all that is there instead");
    app.add_option("--accept-dead", options.accept_dead,
                   "let a route go on that is held because its target refuses everything")
        ->type_name("FORWARD/TARGET");
    app.footer(
        "Delivers until SIGTERM or Ctrl-C; SIGHUP loads the configuration again. Any number of processes can forward "
        "one\n"
        "journal. With --once and --status, status 1 says that something is dead, held or waiting.\n\n"
        "Example: wideline forward --config wideline.json logs");
}

void add_replay(CLI::App& app, ReplayCommand& options) {
    app.add_option("EXPR_JOURNAL", options.arguments, "which of the forward's events, if not all; then the journal");
    app.add_option("--config", options.config, "the configuration, with a section \"forward\"")->type_name("FILE");
    app.add_option("--forward", options.forward, "the forward")->type_name("NAME");
    app.add_option("--target", options.target, "its target")->type_name("NAME");
    app.add_option("--since", options.since, "events that began then or later")->type_name("TIME");
    app.add_option("--until", options.until, "events that began before then")->type_name("TIME");
    app.add_option("--resume", options.resume, "go on with a replay that was interrupted")->type_name("ID");
    app.add_flag("--dry-run", options.dry_run, "print how many events it would send");
    app.footer(
        "EXPR is as for grep; all must hold, besides the forward's own. Times are as for grep.\n\n"
        "Example: wideline replay --config wideline.json --forward orders --target eu --since 2h logs");
}

void add_dead(CLI::App& app, DeadCommand& options) {
    app.add_option("ACTION", options.arguments, "list, show, retry or drop; then FORWARD/TARGET, EXPR..., JOURNAL")
        ->required();
    app.add_option("--config", options.config, "for retry: the configuration, with a section \"forward\"")
        ->type_name("FILE");
    app.add_flag("--yes", options.yes, "for drop: delete for good");
    app.footer(
        "list counts the events that were refused, by reason; show prints them; retry sends them again; drop deletes\n"
        "them. What the forwarder still writes is left alone. EXPR is as for grep; all must hold.\n\n"
        "Example: wideline dead list logs");
}
#endif

template <class Options>
void add_verb(CLI::App& app, ExitStatus& status, const char* name, const char* what,
              void (*add_options)(CLI::App&, Options&), ExitStatus (*run)(const Options&)) {
    CLI::App* const verb = app.add_subcommand(name, what)->group(kVerbs);
    const auto options = std::make_shared<Options>();
    add_options(*verb, *options);
    verb->callback([options, run, &status] { status = run(*options); });
}

void add_completions(CLI::App& app, ExitStatus& status) {
    CLI::App* const verb = app.add_subcommand("completions", "print a script for a shell's completion");
    verb->group(kVerbs);
    const auto shell = std::make_shared<std::string>();
    verb->add_option("SHELL", *shell, "bash, zsh or fish")->required();
    verb->footer("Example: source <(wideline completions bash)");
    verb->callback([shell, &app, &status] { status = completions(app, *shell); });
}

}  // namespace

void add_verbs(CLI::App& app, ExitStatus& status) {
    add_verb(app, status, "cat", "print events as JSON lines", add_cat, cat);
    add_verb(app, status, "tail", "print the newest events, and follow those that come", add_tail, tail);
    add_verb(app, status, "grep", "print the events that match", add_grep, grep);
    add_verb(app, status, "ps", "print the requests that are under way", add_ps, ps);
    add_verb(app, status, "query", "SQL over events", add_query, query);
    add_verb(app, status, "cache", "put closed segments into columns, for quicker queries", add_cache, cache);
    add_verb(app, status, "stats", "requests, errors and durations, or a number field, by name or over time", add_stats,
             stats);
    add_verb(app, status, "cost", "what fields, rules and events take on disk", add_cost, cost);
    add_verb(app, status, "schema", "the fields of events, and what changed among them", add_schema, schema);
    add_verb(app, status, "diff", "which field values set errors, or others, apart", add_diff, diff);
    add_verb(app, status, "view", "a local web page: search, break down, one event in full", add_view, view);
#ifdef WIDELINE_HAS_FORWARD
    add_verb(app, status, "forward", "deliver events to ClickHouse, or to another server", add_forward, forward);
    add_verb(app, status, "replay", "send events of a journal to a target once more", add_replay, replay);
    add_verb(app, status, "dead", "events that a target refused: list, show, retry or drop them", add_dead, dead);
#endif
    add_verb(app, status, "verify", "check every frame, index and seek table", add_verify, verify);
    add_verb(app, status, "scan", "look for secrets and personal data in journals", add_scan, scan);
    add_verb(app, status, "recover", "write what dead processes left behind; make damaged segments whole", add_recover,
             recover);
    add_verb(app, status, "check", "check a configuration file", add_check, check);
    add_completions(app, status);
}

}  // namespace wideline::cli
