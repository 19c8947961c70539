#include "pipeline/value_writer.hpp"
#include "event/milliseconds.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "encoding/json_hex.hpp"
#include "encoding/json_string.hpp"
#include "encoding/json_time.hpp"
#include "event/call_record.hpp"
#include "event/event_id.hpp"
#include "event/note_record.hpp"

namespace wideline::pipeline {

using detail::Record;
using detail::Type;

std::size_t scalar_bound(const Record& record) noexcept {
    return record.type() == Type::string ? json_text::string_bound(record.value_bytes())
                                         : std::max(json_text::kNumberBound, json_text::kTimeBound);
}

void ValueWriter::put_value(const Record& record, LineBuffer& out) {
    switch (record.type()) {
        case Type::json:
            return out.put(record.text());
        case Type::note:
            return put_note(record, out);
        case Type::call:
            return put_call(record, out);
        case Type::array:
            out.put('[');
            put_items(record, out);
            return out.put(']');
        default:
            return out.written(write_scalar(out.room(scalar_bound(record)), record));
    }
}

void ValueWriter::put_note(const Record& record, LineBuffer& out) {
    const auto note = detail::NoteRecord::of(record);
    const auto put_text = [&](std::string_view text) {
        out.written(json_text::write_string(out.room(json_text::string_bound(text.size())), text, found_.replaced));
    };
    out.put("{\"at_ms\":");
    out.written(write_double(out.room(json_text::kNumberBound), note.at_ms));
    out.put(",\"text\":");
    put_text(note.text);
    if (!note.level.empty()) {
        out.put(",\"level\":");
        put_text(note.level);
    }
    if (!note.file.empty()) {
        out.put(",\"file\":");
        put_text(note.file);
    }
    if (note.line != 0) {
        out.put(",\"line\":");
        out.written(json_text::write_uint(out.room(json_text::kNumberBound), note.line));
    }
    out.put('}');
}

void ValueWriter::put_call(const Record& record, LineBuffer& out) {
    const auto call = detail::CallRecord::of(record);
    const auto put_text = [&](std::string_view text) {
        out.written(json_text::write_string(out.room(json_text::string_bound(text.size())), text, found_.replaced));
    };
    const auto put_ms = [&](std::int64_t nanoseconds) {
        out.written(write_duration(out.room(json_text::kNumberBound), nanoseconds));
    };
    out.put("{\"name\":");
    put_text(call.name_in(record));
    out.put(",\"span_id\":\"");
    out.written(json_text::write_hex(out.room(16), detail::big_endian(call.span_id)));
    out.put("\",\"start_ms\":");
    put_ms(call.start_ns);
    out.put(",\"duration_ms\":");
    put_ms(call.duration_ns);
    out.put(call.failed != 0 ? ",\"outcome\":\"error\"" : ",\"outcome\":\"success\"");
    if (const std::string_view type = call.error_type_in(record); !type.empty()) {
        out.put(",\"error.type\":");
        put_text(type);
    }
    out.put('}');
}

void ValueWriter::put_items(const Record& array, LineBuffer& out) {
    bool first = true;
    for_each_item(array, [&](const Record& item) {
        if (!std::exchange(first, false)) out.put(',');
        put_value(item, out);
    });
}

void ValueWriter::put_number(const FieldValue& value, LineBuffer& out) {
    char* const to = out.room(json_text::kNumberBound);
    switch (value.type) {
        case FieldValue::Type::int64:
            return out.written(json_text::write_int(to, value.int64));
        case FieldValue::Type::uint64:
            return out.written(json_text::write_uint(to, value.uint64));
        case FieldValue::Type::float64:
            return out.written(write_double(to, value.float64));
        default:
            return put_value(*value.record, out);
    }
}

char* ValueWriter::write_scalar(char* to, const Record& record) {
    switch (record.type()) {
        case Type::string:
            return json_text::write_string(to, record.text(), found_.replaced);
        case Type::yes:
            return put_literal(to, "true");
        case Type::no:
            return put_literal(to, "false");
        case Type::int64:
            return json_text::write_int(to, record.value_as<std::int64_t>());
        case Type::uint64:
            return json_text::write_uint(to, record.value_as<std::uint64_t>());
        case Type::float64:
            return write_double(to, real_of(record));
        case Type::duration:
            return write_duration(to, record.value_as<std::int64_t>());
        case Type::time:
            return write_time(to, record.value_as<std::int64_t>());
        default:
            return put_literal(to, "null");
    }
}

char* ValueWriter::write_duration(char* to, std::int64_t nanoseconds) {
    constexpr std::int64_t kExactInDouble = std::int64_t{1} << 53;
    constexpr std::int64_t kMillion = 1'000'000;
    if (nanoseconds >= -kExactInDouble && nanoseconds <= kExactInDouble) [[likely]]
        return json_text::write_double(to, detail::milliseconds_of(nanoseconds));
    to = json_text::write_int(to, nanoseconds / kMillion);
    *to++ = '.';
    auto rest = static_cast<std::uint32_t>(std::abs(nanoseconds % kMillion));
    for (std::uint32_t unit = 100'000; unit != 0; unit /= 10) {
        *to++ = static_cast<char>('0' + rest / unit);
        rest %= unit;
        if (rest == 0) break;
    }
    return to;
}

char* ValueWriter::write_time(char* to, std::int64_t microseconds) {
    if (json_text::is_writable_time(microseconds)) return json_text::write_time(to, microseconds);
    ++found_.not_finite;
    return put_literal(to, "null");
}

}  // namespace wideline::pipeline
