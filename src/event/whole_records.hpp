// How far bytes are records. In the arenas of a dead process anything may be; in those of a living one, where two
// threads wrote to one event at once without a Handle.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include <wideline/detail/arena.hpp>

namespace wideline::detail {

/// A set of types of records.
class Types {
public:
    constexpr Types(std::initializer_list<Type> types) noexcept {
        for (const Type type : types) bits_ |= 1U << static_cast<unsigned>(type);
    }
    [[nodiscard]] constexpr bool has(Type type) const noexcept {
        return (bits_ >> static_cast<unsigned>(type) & 1) != 0;
    }

private:
    std::uint32_t bits_ = 0;
};

/// Whether the value is whole of a record whose bytes are there: a number, the items of an array, JSON. Throws
/// std::bad_alloc, of JSON.
[[nodiscard]] bool has_whole_value(const Record& record);

/// Whether any bytes are a value of the record's type, or its value is one word, as it must be. No branch.
[[nodiscard]] inline bool has_plain_value(const Record& record) noexcept {
    constexpr Types kOfAnyBytes{Type::null, Type::yes, Type::no, Type::string};
    constexpr Types kOfOneWord{Type::int64, Type::uint64, Type::float64, Type::time};
    const int any_bytes = kOfAnyBytes.has(record.type());
    const int of_one_word = kOfOneWord.has(record.type());
    const int one_word = record.value_bytes() == sizeof(std::uint64_t);
    return (any_bytes | (of_one_word & one_word)) != 0;
}

/// Whether the record, of which `bytes` at the most are there, can be encoded. Some 1 ns for most; throws as above.
[[nodiscard]] inline bool is_whole(const Record& record, std::size_t bytes) {
    if (bytes < sizeof(Record) || record.size() > bytes) return false;
    if (record.key_bytes() == 0 && !Types{Type::name, Type::tracestate, Type::sequence}.has(record.type()))
        return false;
    return has_plain_value(record) || has_whole_value(record);
}
/// The same of all that is before `end`.
[[nodiscard]] inline bool is_whole(const Record* record, const Record* end) {
    const auto bytes = reinterpret_cast<const std::byte*>(end) - reinterpret_cast<const std::byte*>(record);
    return bytes > 0 && is_whole(*record, static_cast<std::size_t>(bytes));
}

/// How many of `bytes` at `from` are whole records, one after another. Throws as above.
[[nodiscard]] std::size_t whole_records(const std::byte* from, std::size_t bytes);

}  // namespace wideline::detail
