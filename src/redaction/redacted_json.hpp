// Redaction of a value's JSON text: of arrays, objects and notes, however deep they are nested.
#pragma once

#include <string>
#include <string_view>

#include "redaction/redactor.hpp"

namespace wideline::redaction {

/// The value as it is to be written. `decision` is that of its key, which is `key` with the keys of all objects around
/// it; both hold for the items of an array too. Texts are looked at without their JSON escapes. The value is not left
/// out: that is the caller's to do, by `leaves_out`. What is not JSON becomes null. Throws std::bad_alloc.
[[nodiscard]] std::string redacted_json(const Redactor& redactor, std::string_view json, const KeyDecision& decision,
                                        std::string_view key, Taken& taken);

/// Whether a value of such JSON text is left out: the defaults leave numbers, bools and null.
[[nodiscard]] inline bool leaves_out(const KeyDecision& decision, std::string_view json) noexcept {
    if (decision.action == KeyDecision::Action::remove) return true;
    return decision.action == KeyDecision::Action::remove_text && !json.empty() &&
           (json.front() == '"' || json.front() == '[' || json.front() == '{');
}

}  // namespace wideline::redaction
