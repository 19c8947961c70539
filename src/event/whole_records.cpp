#include "event/whole_records.hpp"

#include <algorithm>
#include <cstdint>
#include <initializer_list>

#include <nlohmann/json.hpp>
#include <wideline/detail/arena.hpp>

#include "event/call_record.hpp"

namespace wideline::detail {
namespace {

constexpr std::uint32_t kDeepest = 64;

constexpr std::uint32_t mask(std::initializer_list<Type> types) {
    std::uint32_t bits = 0;
    for (const Type type : types) bits |= 1U << static_cast<unsigned>(type);
    return bits;
}
constexpr std::uint32_t kAnyBytes = mask({Type::null, Type::yes, Type::no, Type::string, Type::name, Type::tracestate});
constexpr std::uint32_t kWords =
    mask({Type::int64, Type::uint64, Type::float64, Type::time, Type::duration, Type::sequence});

constexpr std::uint32_t kWithoutKey = mask({Type::name, Type::tracestate, Type::sequence});

constexpr bool is_in(std::uint32_t types, Type type) { return (types >> static_cast<unsigned>(type) & 1) != 0; }

/// Whether it can be written into a line as it is, as the encoder does.
bool is_json(const Record& record) {
    const auto* const begin = reinterpret_cast<const char*>(record.value());
    const auto* const end = begin + record.value_bytes();
    return std::none_of(begin, end, [](char c) { return static_cast<unsigned char>(c) < 0x20; }) &&
           nlohmann::json::accept(begin, end);
}

std::size_t whole_records(const std::byte* from, std::size_t bytes, std::uint32_t depth);

bool is_whole_inside(const Record& record, std::uint32_t depth) {
    switch (record.type()) {
        case Type::json:
            return is_json(record);
        case Type::call:
            return CallRecord::is_whole(record);
        case Type::note:
            return record.value_bytes() >= 8;
        case Type::array:
            return depth != kDeepest &&
                   whole_records(record.value(), record.value_bytes(), depth + 1) == record.value_bytes();
        default:
            return false;
    }
}

std::size_t whole_records(const std::byte* from, std::size_t bytes, std::uint32_t depth) {
    std::size_t at = 0;
    while (bytes - at >= sizeof(Record)) {
        const auto& record = *reinterpret_cast<const Record*>(from + at);
        const std::size_t size = record.size();
        if (size > bytes - at) break;
        const Type type = record.type();
        if (depth == 0 && record.key_bytes() == 0 && !is_in(kWithoutKey, type)) break;
        const bool number = record.value_bytes() == 8 || record.is_sum() || record.is_float();
        const bool whole = is_in(kAnyBytes, type) || (is_in(kWords, type) ? number : is_whole_inside(record, depth));
        if (!whole) break;
        at += size;
    }
    return at;
}

}  // namespace

std::size_t whole_records(const std::byte* from, std::size_t bytes) { return whole_records(from, bytes, 0); }

}  // namespace wideline::detail
