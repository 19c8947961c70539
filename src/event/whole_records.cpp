#include "event/whole_records.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

#include <nlohmann/json.hpp>

#include "encoding/json_walk.hpp"
#include "encoding/utf8.hpp"
#include "event/call_record.hpp"
#include "event/note_record.hpp"

namespace wideline::detail {
namespace {

constexpr std::uint32_t kDeepest = 64;
constexpr std::size_t kShortJson = 4096;

/// By the walk, which reads a little further than the text: so in a copy.
bool is_short_json(std::string_view text) {
    using json_text::JsonWalk;
    if (text.empty() || (text.front() != '{' && text.front() != '[')) return false;
    char copy[kShortJson + json_text::kWalkReadsBehind];
    std::memcpy(copy, text.data(), text.size());
    std::memset(copy + text.size(), 0, json_text::kWalkReadsBehind);
    JsonWalk walk({copy, text.size()}, text.front() == '{' ? JsonWalk::Over::object : JsonWalk::Over::array);
    JsonWalk::Member member;
    while (walk.next(member)) {
    }
    return walk.whole();
}

/// Whether it can be written into a line as it is, as the encoder does.
bool is_json(const Record& record) {
    const std::string_view text = record.text();
    const bool one_line =
        std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    if (!one_line || !json_text::is_utf8(text)) return false;
    return text.size() <= kShortJson ? is_short_json(text) : nlohmann::json::accept(text);
}

bool has_whole_value(const Record& record, std::uint32_t depth);

bool are_whole_items(const Record& array, std::uint32_t depth) {
    const std::byte* at = array.value();
    std::size_t left = array.value_bytes();
    while (left >= sizeof(Record)) {
        const auto& item = *reinterpret_cast<const Record*>(at);
        if (item.size() > left || !has_whole_value(item, depth)) return false;
        at += item.size();
        left -= item.size();
    }
    return left == 0;
}

bool has_whole_value(const Record& record, std::uint32_t depth) {
    switch (record.type()) {
        case Type::null:
        case Type::yes:
        case Type::no:
        case Type::string:
        case Type::name:
        case Type::tracestate:
            return true;
        case Type::int64:
        case Type::uint64:
        case Type::float64:
        case Type::time:
        case Type::duration:
        case Type::sequence:
            return record.value_bytes() == sizeof(std::uint64_t) || record.is_sum() || record.is_float();
        case Type::json:
            return is_json(record);
        case Type::call:
            return CallRecord::is_whole(record);
        case Type::note:
            return NoteRecord::is_whole(record);
        case Type::array:
            return depth != kDeepest && are_whole_items(record, depth + 1);
        default:
            return false;
    }
}

}  // namespace

bool has_whole_value(const Record& record) { return has_whole_value(record, 0); }

std::size_t whole_records(const std::byte* from, std::size_t bytes) {
    std::size_t at = 0;
    for (;;) {
        const auto& record = *reinterpret_cast<const Record*>(from + at);
        if (!is_whole(record, bytes - at)) return at;
        at += record.size();
    }
}

}  // namespace wideline::detail
