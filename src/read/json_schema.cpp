#include "read/json_schema.hpp"

#include <algorithm>
#include <stdexcept>
#include <unordered_map>

namespace wideline::read {
namespace {

using Json = nlohmann::ordered_json;

Json type_of(JsonKinds kinds) {
    Json names = Json::array();
    kinds.reduced().each([&](JsonKind kind) { names.push_back(kJsonKindNames[static_cast<std::size_t>(kind)]); });
    return names.size() == 1 ? names.front() : names;
}

/// Nothing said about types allows all.
JsonKinds kinds_in(const Json& schema) {
    JsonKinds kinds;
    const auto add = [&kinds](const Json& name) {
        const auto found = std::find(kJsonKindNames.begin(), kJsonKindNames.end(), name.get<std::string>());
        if (found == kJsonKindNames.end()) throw std::invalid_argument("there is no type " + name.dump());
        kinds.add(static_cast<JsonKind>(found - kJsonKindNames.begin()));
    };
    const auto type = schema.is_object() ? schema.find("type") : schema.end();
    if (!schema.is_object() || type == schema.end()) {
        for (std::size_t i = 0; i < kJsonKindNames.size(); ++i) kinds.add(static_cast<JsonKind>(i));
    } else if (type->is_array()) {
        for (const Json& name : *type) add(name);
    } else {
        add(*type);
    }
    return kinds;
}

struct Allowed {
    JsonKinds kinds;
    JsonKinds items;
};

Allowed allowed_by(const Json& schema) {
    Allowed allowed{kinds_in(schema), {}};
    const bool says_items = schema.is_object() && schema.contains("items");
    if (allowed.kinds.has(JsonKind::array)) allowed.items = kinds_in(says_items ? schema["items"] : Json());
    return allowed;
}

/// 1.0 is an integer by JSON Schema.
bool all_allowed(JsonKinds now, bool fractions, JsonKinds before) {
    bool all = true;
    now.each([&](JsonKind kind) {
        const bool whole = kind == JsonKind::number && !fractions;
        all = all && before.allow(whole ? JsonKind::integer : kind);
    });
    return all;
}

}  // namespace

Json json_schema(const std::vector<FieldFacts>& fields, std::uint64_t events) {
    Json schema;
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
    schema["type"] = "object";
    schema["properties"] = Json::object();
    Json required = Json::array();
    for (const FieldFacts& field : fields) {
        Json& property = schema["properties"][field.name];
        property["type"] = type_of(field.kinds);
        if (!field.items.empty()) property["items"] = {{"type", type_of(field.items)}};
        if (field.events == events) required.push_back(field.name);
    }
    schema["required"] = std::move(required);
    return schema;
}

std::string kinds_text(JsonKinds kinds, JsonKinds items) {
    std::string text;
    kinds.reduced().each([&](JsonKind kind) {
        if (!text.empty()) text += ", ";
        text += kJsonKindNames[static_cast<std::size_t>(kind)];
        if (kind == JsonKind::array && !items.empty()) text += " of " + kinds_text(items, {});
    });
    return text;
}

std::vector<SchemaChange> changes_since(const Json& before, const std::vector<FieldFacts>& fields) {
    if (!before.is_object() || !before.contains("properties") || !before["properties"].is_object())
        throw std::invalid_argument("it has no \"properties\"");
    std::unordered_map<std::string, const FieldFacts*> now;
    for (const FieldFacts& field : fields) now[field.name] = &field;

    std::vector<SchemaChange> changes;
    try {
        for (const auto& [name, schema] : before["properties"].items()) {
            const Allowed allowed = allowed_by(schema);
            const std::string was = kinds_text(allowed.kinds, allowed.items);
            const auto found = now.find(name);
            if (found == now.end()) {
                changes.push_back({SchemaChange::Kind::removed, name, was, ""});
                continue;
            }
            const FieldFacts& field = *found->second;
            if (!all_allowed(field.kinds, field.fractions, allowed.kinds) ||
                !all_allowed(field.items, field.item_fractions, allowed.items))
                changes.push_back({SchemaChange::Kind::retyped, name, was, kinds_text(field.kinds, field.items)});
        }
    } catch (const nlohmann::json::exception&) {
        throw std::invalid_argument("a \"type\" in it is no text");
    }
    for (const FieldFacts& field : fields)
        if (!before["properties"].contains(field.name))
            changes.push_back({SchemaChange::Kind::added, field.name, "", kinds_text(field.kinds, field.items)});
    return changes;
}

}  // namespace wideline::read
