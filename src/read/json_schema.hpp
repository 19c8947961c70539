// Fields as a JSON Schema (draft 2020-12), and what changed since an earlier one.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "read/schema.hpp"

namespace wideline::read {

/// A schema that each event satisfies that `fields` was made of. Fields that all of `events` have are required.
[[nodiscard]] nlohmann::ordered_json json_schema(const std::vector<FieldFacts>& fields, std::uint64_t events);

/// "integer, null": what a field's values may be.
[[nodiscard]] std::string kinds_text(JsonKinds kinds, JsonKinds items);

struct SchemaChange {
    enum class Kind { added, removed, retyped } kind = Kind::added;
    std::string field;
    std::string before;  ///< As kinds_text; empty where it was added.
    std::string now;     ///< Empty where it was removed.
};

/// What those who rely on `before` meet now. A field is retyped where it now has values that `before` does not allow:
/// integers where there were numbers are none. Throws std::invalid_argument where `before` is not such a schema.
[[nodiscard]] std::vector<SchemaChange> changes_since(const nlohmann::ordered_json& before,
                                                      const std::vector<FieldFacts>& fields);

}  // namespace wideline::read
