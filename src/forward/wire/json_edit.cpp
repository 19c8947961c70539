#include "forward/wire/json_edit.hpp"

#include <algorithm>

#include "read/byte_window.hpp"
#include "read/event_line.hpp"

namespace wideline::delivery {
namespace {

/// Appends `{` fields `}`; `put` appends one field after its comma, or nothing if it says no.
template <class Wanted, class PutKey>
void append_fields(std::string_view event, std::string& to, Wanted wanted, PutKey put_key) {
    read::EventLine reader({});
    std::vector<read::RawField> fields;
    std::string padded(event);
    padded.append(read::kReadableBehind, '\0');
    if (!reader.read_raw(std::string_view(padded).substr(0, event.size()), fields)) {
        to.append(event);
        return;
    }
    to.push_back('{');
    bool first = true;
    for (const read::RawField& field : fields) {
        if (!wanted(field.key)) continue;
        to.append(first ? "\"" : ",\"");
        first = false;
        put_key(field.key);
        to.append("\":").append(field.value);
    }
    to.push_back('}');
}

}  // namespace

bool is_omitted(std::string_view key, const std::vector<std::string>& omit) {
    return std::any_of(omit.begin(), omit.end(), [&](const std::string& pattern) {
        if (pattern.ends_with('*')) return key.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1));
        return read::key_is(key, pattern);
    });
}

void append_without(std::string_view event, const std::vector<std::string>& omit, std::string& to) {
    append_fields(
        event, to, [&](std::string_view key) { return !is_omitted(key, omit); },
        [&](std::string_view key) { to.append(key); });
}

void append_with_dots(std::string_view event, std::string_view instead, std::string& to) {
    append_fields(
        event, to, [](std::string_view) { return true; },
        [&](std::string_view key) {
            for (const char c : key)
                if (c == '.') {
                    to.append(instead);
                } else {
                    to.push_back(c);
                }
        });
}

}  // namespace wideline::delivery
