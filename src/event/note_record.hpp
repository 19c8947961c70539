// The value of a record of Type::note: the milliseconds since the request's start, and the text. One that also has a
// level or a place in the source has the time's sign bit set, and between time and text NoteRecord::Details, the level
// and the file.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <wideline/detail/arena.hpp>

namespace wideline::detail {

struct NoteRecord {
    struct Details {
        std::uint16_t level_bytes;
        std::uint16_t file_bytes;
        std::uint32_t line;
    };
    static_assert(sizeof(Details) == 8);

    double at_ms = 0;
    std::string_view text;
    std::string_view level;
    std::string_view file;
    std::uint32_t line = 0;

    /// Whether a record that nobody vouches for is one.
    [[nodiscard]] static bool is_whole(const Record& record) noexcept {
        if (record.value_bytes() < sizeof(double)) return false;
        if (!has_details(record)) return true;
        if (record.value_bytes() < sizeof(double) + sizeof(Details)) return false;
        const Details details = details_of(record);
        return std::size_t{details.level_bytes} + details.file_bytes <=
               record.value_bytes() - sizeof(double) - sizeof(Details);
    }
    /// The texts are the record's.
    [[nodiscard]] static NoteRecord of(const Record& record) noexcept {
        NoteRecord note;
        std::memcpy(&note.at_ms, record.value(), sizeof note.at_ms);
        note.text = record.text().substr(sizeof note.at_ms);
        if (!std::signbit(note.at_ms)) return note;
        note.at_ms = -note.at_ms;
        const Details details = details_of(record);
        note.line = details.line;
        note.text.remove_prefix(sizeof details);
        note.level = note.text.substr(0, details.level_bytes);
        note.file = note.text.substr(details.level_bytes, details.file_bytes);
        note.text.remove_prefix(std::size_t{details.level_bytes} + details.file_bytes);
        return note;
    }

private:
    [[nodiscard]] static bool has_details(const Record& record) noexcept {
        double at_ms = 0;
        std::memcpy(&at_ms, record.value(), sizeof at_ms);
        return std::signbit(at_ms);
    }
    [[nodiscard]] static Details details_of(const Record& record) noexcept {
        Details details{};
        std::memcpy(&details, record.value() + sizeof(double), sizeof details);
        return details;
    }
};

}  // namespace wideline::detail
