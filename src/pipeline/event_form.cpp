#include "pipeline/event_form.hpp"

#include <limits>

#include <nlohmann/json.hpp>

namespace wideline::pipeline {

namespace {

using Json = nlohmann::json;

Json json_of(const Constant& constant) {
    return std::visit([](const auto& value) { return Json(value); }, constant.value());
}

std::optional<Constant> constant_of(const Json& json) {
    if (json.is_boolean()) return Constant(json.get<bool>());
    if (json.is_number_unsigned()) return Constant(json.get<std::uint64_t>());
    if (json.is_number_integer()) return Constant(json.get<std::int64_t>());
    if (json.is_number_float()) return Constant(json.get<double>());
    if (json.is_string()) return Constant(json.get<std::string>());
    if (json.is_null()) return Constant(std::numeric_limits<double>::quiet_NaN());  // which JSON has no other word for
    return std::nullopt;
}

std::string text_at(const Json& object, const char* key) {
    const auto at = object.find(key);
    return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

void read_limit(const Json& object, const char* key, std::uint32_t& limit) {
    const auto at = object.find(key);
    if (at != object.end() && at->is_number_unsigned()) limit = at->get<std::uint32_t>();
}

Json json_of(const Redaction& redaction) {
    Json rules = Json::array();
    for (const Redaction::Rule& rule : redaction.rules())
        rules.push_back({static_cast<unsigned>(rule.action), rule.pattern});
    Json detects = Json::array();
    for (const Detect what : {Detect::emails, Detect::cards, Detect::tokens, Detect::ibans})
        if (redaction.detects(what)) detects.push_back(static_cast<unsigned>(what));
    return {{"defaults", redaction.has_defaults()}, {"rules", std::move(rules)}, {"detect", std::move(detects)}};
}

/// A hash comes back without its secret. If it is not understood, the defaults are on.
Redaction redaction_of(const Json& json) {
    Redaction redaction;
    if (!json.is_object()) return redaction;
    if (const auto at = json.find("defaults"); at != json.end() && *at == false) redaction = Redaction::none();
    if (const auto at = json.find("rules"); at != json.end() && at->is_array())
        for (const Json& rule : *at) {
            if (!rule.is_array() || rule.size() != 2 || !rule[0].is_number_unsigned() || !rule[1].is_string()) continue;
            const auto action = rule[0].get<std::uint64_t>();
            if (action > static_cast<std::uint64_t>(Redaction::Action::allow)) continue;
            redaction.add_unchecked({static_cast<Redaction::Action>(action), rule[1].get<std::string>(), {}});
        }
    if (const auto at = json.find("detect"); at != json.end() && at->is_array())
        for (const Json& what : *at)
            if (what.is_number_unsigned() && what.get<std::uint64_t>() <= static_cast<std::uint64_t>(Detect::ibans))
                redaction.detect({static_cast<Detect>(what.get<unsigned>())});
    return redaction;
}

}  // namespace

std::string form_text(const Options& options, const Redaction& redaction, const Service& service,
                      std::span<const std::string> rules) {
    Json defaults = Json::array();
    for (const auto& [key, constant] : options.defaults) defaults.push_back({key, json_of(constant)});
    Json form{
        {"service",
         {{"name", service.name},
          {"version", service.version},
          {"environment", service.environment},
          {"instance", service.instance}}},
        {"defaults", std::move(defaults)},
        {"rules", std::vector<std::string>(rules.begin(), rules.end())},
        {"redact", json_of(redaction)},
        {"limits",
         {{"fields", options.limits.fields},
          {"event_bytes", options.limits.event_bytes},
          {"array_items", options.limits.array_items}}},
    };
    if (options.schema_version) form["schema_version"] = json_of(*options.schema_version);
    return form.dump(-1, ' ', false, Json::error_handler_t::replace);
}

EventForm parse_form(std::string_view text) {
    EventForm form;
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) return form;
    if (const Json service = json.value("service", Json::object()); service.is_object())
        form.service = {.name = text_at(service, "name"),
                        .version = text_at(service, "version"),
                        .environment = text_at(service, "environment"),
                        .instance = text_at(service, "instance")};
    if (const auto at = json.find("schema_version"); at != json.end()) form.options.schema_version = constant_of(*at);
    if (const auto at = json.find("defaults"); at != json.end() && at->is_array())
        for (const Json& one : *at) {
            if (!one.is_array() || one.size() != 2 || !one[0].is_string()) continue;
            if (auto constant = constant_of(one[1]))
                form.options.defaults.emplace_back(one[0].get<std::string>(), *std::move(constant));
        }
    if (const auto at = json.find("redact"); at != json.end()) form.options.redact = redaction_of(*at);
    if (const auto at = json.find("rules"); at != json.end() && at->is_array())
        for (const Json& rule : *at) form.rules.push_back(rule.is_string() ? rule.get<std::string>() : std::string());
    if (const Json limits = json.value("limits", Json::object()); limits.is_object()) {
        read_limit(limits, "fields", form.options.limits.fields);
        read_limit(limits, "event_bytes", form.options.limits.event_bytes);
        read_limit(limits, "array_items", form.options.limits.array_items);
    }
    return form;
}

}  // namespace wideline::pipeline
