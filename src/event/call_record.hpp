// The value of a record of Type::call: this, the call's name, and the type of its error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <wideline/detail/arena.hpp>

namespace wideline::detail {

struct CallRecord {
    std::uint64_t span_id;
    std::int64_t start_ns;  // since the request's start
    std::int64_t duration_ns;
    std::uint32_t name_bytes;
    std::uint32_t failed;

    /// Whether a record that nobody vouches for is one.
    [[nodiscard]] static bool is_whole(const Record& record) noexcept {
        return record.value_bytes() >= sizeof(CallRecord) &&
               of(record).name_bytes <= record.value_bytes() - sizeof(CallRecord);
    }
    [[nodiscard]] static CallRecord of(const Record& record) noexcept {
        CallRecord call;
        std::memcpy(&call, record.value(), sizeof call);
        return call;
    }
    [[nodiscard]] std::string_view name_in(const Record& record) const noexcept {
        return record.text().substr(sizeof(CallRecord), name_bytes);
    }
    [[nodiscard]] std::string_view error_type_in(const Record& record) const noexcept {
        return record.text().substr(sizeof(CallRecord) + name_bytes);
    }
};
static_assert(sizeof(CallRecord) == 32);

}  // namespace wideline::detail
