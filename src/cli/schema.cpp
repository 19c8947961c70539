#include "cli/schema.hpp"

#include <fmt/format.h>

#include <fstream>
#include <stdexcept>

#include "cli/input.hpp"
#include "cli/line_workers.hpp"
#include "cli/output.hpp"
#include "cli/table.hpp"
#include "encoding/printable.hpp"
#include "read/clickhouse_table.hpp"
#include "read/json_schema.hpp"

namespace wideline::cli {
namespace {

using Json = nlohmann::ordered_json;
using read::FieldFacts;
using read::SchemaChange;
using read::SchemaTally;

double share_of_requests(const FieldFacts& field, const SchemaTally& tally) {
    if (field.events == tally.events()) return 1;  // Sums of weights are not exact.
    return tally.weight() > 0 ? field.weight / tally.weight() : 0;
}

std::string fields_for_programs(const SchemaTally& tally, const std::vector<FieldFacts>& fields) {
    Json json;
    json["events"] = tally.events();
    json["requests"] = tally.weight();
    json["fields"] = Json::array();
    for (const FieldFacts& field : fields) {
        Json types = Json::array();
        field.kinds.each(
            [&](read::JsonKind kind) { types.push_back(read::kJsonKindNames[static_cast<std::size_t>(kind)]); });
        Json example;
        if (!field.example.empty() && !field.example_cut) example = Json::parse(field.example, nullptr, false);
        if (example.is_discarded() || field.example_cut) example = field.example;
        json["fields"].push_back(
            {{"field", field.name},
             {"types", types},
             {"events", field.events},
             {"share_of_events", static_cast<double>(field.events) / static_cast<double>(tally.events())},
             {"share_of_requests", share_of_requests(field, tally)},
             {"distinct", std::round(field.distinct.count())},
             {"distinct_exact", field.distinct.exact()},
             {"example", example}});
    }
    json["bad_lines"] = tally.bad_lines();
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string fields_for_people(const SchemaTally& tally, const std::vector<FieldFacts>& fields) {
    Table table({"field", "events", "of requests", "distinct", "type", "example"});
    table.align_left(4);
    table.align_left(5);
    for (const FieldFacts& field : fields) {
        const double share = share_of_requests(field, tally);
        table.add({printable(field.name), with_thousands(static_cast<double>(field.events)),
                   share > 0 && share < 0.0005 ? "< 0.1 %" : fmt::format("{:.1f} %", 100 * share),
                   (field.distinct.exact() ? "" : "~") + with_thousands(field.distinct.count()),
                   read::kinds_text(field.kinds, field.items),
                   printable(field.example) + (field.example_cut ? "…" : "")});
    }
    return table.text() + fmt::format("\n{} events.\n", with_thousands(static_cast<double>(tally.events())));
}

Json schema_in(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::invalid_argument("cannot open " + path + ": --check takes what --json-schema once printed");
    Json json = Json::parse(file, nullptr, false);
    if (json.is_discarded())
        throw std::invalid_argument(path + " is no JSON: --check takes what --json-schema once printed");
    return json;
}

std::string changes_for_programs(const std::vector<SchemaChange>& changes) {
    Json json = {{"added", Json::array()}, {"removed", Json::array()}, {"retyped", Json::array()}};
    for (const auto& [kind, field, before, now] : changes) {
        if (kind == SchemaChange::Kind::added) json["added"].push_back({{"field", field}, {"now", now}});
        if (kind == SchemaChange::Kind::removed) json["removed"].push_back({{"field", field}, {"before", before}});
        if (kind == SchemaChange::Kind::retyped)
            json["retyped"].push_back({{"field", field}, {"before", before}, {"now", now}});
    }
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string changes_for_people(const std::vector<SchemaChange>& changes) {
    if (changes.empty()) return "nothing changed\n";
    std::string text;
    for (const auto& [kind, field, before, now] : changes) {
        const std::string name = printable(field);
        if (kind == SchemaChange::Kind::added) text += fmt::format("added    {} ({})\n", name, now);
        if (kind == SchemaChange::Kind::removed) text += fmt::format("removed  {} ({})\n", name, before);
        if (kind == SchemaChange::Kind::retyped) text += fmt::format("retyped  {}: was {}, is {}\n", name, before, now);
    }
    return text;
}

bool breaking(const SchemaChange& change) { return change.kind != SchemaChange::Kind::added; }

}  // namespace

ExitStatus schema(const SchemaOptions& options) {
    const Json before = options.check.empty() ? Json() : schema_in(options.check);
    read::Selection selection(bounds_of(options.selection));
    LineWorkers<SchemaTally> workers([] { return std::make_unique<SchemaTally>(); });
    Input input(options.paths);
    ExitStatus status = for_each_selected(
        input, selection, [&](std::string_view lines) { workers.add(lines, read::LineBatch::Form::compressed); });
    const std::unique_ptr<SchemaTally> tally = workers.finish();
    if (tally->bad_lines() != 0) {
        complain(read::were_left_out(tally->bad_lines()));
        status = worse(status, ExitStatus::nothing_or_problems);
    }
    if (tally->too_many_fields()) {
        complain("there are more than 4,096 fields; those that came later are left out");
        status = worse(status, ExitStatus::nothing_or_problems);
    }
    if (tally->events() == 0) {
        if (status == ExitStatus::done) complain(nothing_there(selection));
        return worse(status, ExitStatus::nothing_or_problems);
    }

    const std::vector<FieldFacts> fields = tally->fields();
    Output output;
    if (!options.check.empty()) {
        std::vector<SchemaChange> changes;
        try {
            changes = read::changes_since(before, fields);
        } catch (const std::invalid_argument& error) {
            throw std::invalid_argument(options.check + " is no schema of events: " + error.what());
        }
        output.write(options.json ? changes_for_programs(changes) : changes_for_people(changes));
        if (std::any_of(changes.begin(), changes.end(), breaking))
            status = worse(status, ExitStatus::nothing_or_problems);
    } else if (options.json_schema) {
        output.write(read::json_schema(fields, tally->events()).dump(2, ' ', false, Json::error_handler_t::replace) +
                     "\n");
    } else if (options.clickhouse) {
        output.write(read::clickhouse_table(fields, tally->events()));
    } else {
        status = with_losses(status, input);
        output.write(options.json ? fields_for_programs(*tally, fields) : fields_for_people(*tally, fields));
    }
    output.flush();
    return status;
}

}  // namespace wideline::cli
