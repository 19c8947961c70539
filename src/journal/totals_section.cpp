#include "journal/totals_section.hpp"

#include <cstdint>
#include <optional>

#include "event/duration_buckets.hpp"

namespace wideline::journal_files {
namespace {

/// Seven bits a byte, the lowest first; all bytes but the last have their highest bit set.
void append_varint(std::string& to, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) to.push_back(static_cast<char>(value | 0x80));
    to.push_back(static_cast<char>(value));
}

std::optional<std::uint64_t> take_varint(std::string_view& from) {
    std::uint64_t value = 0;
    for (unsigned bits = 0; bits < 64 && !from.empty(); bits += 7) {
        const auto byte = static_cast<unsigned char>(from.front());
        from.remove_prefix(1);
        if (bits == 63 && byte > 1) return std::nullopt;
        value |= std::uint64_t{byte & 0x7fU} << bits;
        if (byte < 0x80) return value;
    }
    return std::nullopt;
}

bool take_durations(std::string_view& from, std::uint64_t count, std::vector<DurationCount>& into) {
    std::uint64_t next = 0;  // the least bucket that may come
    for (; count > 0; --count) {
        const auto step = take_varint(from);
        const auto requests = take_varint(from);
        if (!step || !requests || *step >= detail::kDurationBuckets - next) return false;
        if (*requests == 0) return false;
        into.push_back({static_cast<std::uint32_t>(next + *step), *requests});
        next += *step + 1;
    }
    return true;
}

bool take_totals(std::string_view& from, RequestTotals& into) {
    const auto name = take_varint(from);
    if (!name) return false;
    into.further_names = *name == 0;
    if (*name != 0) {
        if (*name - 1 > from.size()) return false;
        into.name = from.substr(0, *name - 1);
        from.remove_prefix(*name - 1);
    }
    const auto requests = take_varint(from);
    const auto errors = take_varint(from);
    const auto buckets = take_varint(from);
    if (!requests || !errors || !buckets) return false;
    into.requests = *requests;
    into.errors = *errors;
    return take_durations(from, *buckets, into.durations);
}

}  // namespace

std::string totals_section(const std::vector<RequestTotals>& totals) {
    std::string section;
    for (const RequestTotals& one : totals) {
        append_varint(section, one.further_names ? 0 : one.name.size() + 1);
        if (!one.further_names) section += one.name;
        append_varint(section, one.requests);
        append_varint(section, one.errors);
        append_varint(section, one.durations.size());
        std::uint32_t next = 0;
        for (const DurationCount& duration : one.durations) {
            append_varint(section, duration.bucket - next);
            append_varint(section, duration.requests);
            next = duration.bucket + 1;
        }
    }
    return section;
}

bool decode_totals(std::string_view section, std::vector<RequestTotals>& into) {
    while (!section.empty()) {
        RequestTotals one;
        if (!take_totals(section, one)) return false;
        into.push_back(std::move(one));
    }
    return true;
}

}  // namespace wideline::journal_files
