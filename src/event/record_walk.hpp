// The records of a request in the order in which they were written, across the threads that wrote them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "event/open_event.hpp"

namespace wideline::detail {

/// Whether a record is one of a field, and not the library's own.
[[nodiscard]] inline bool is_field(const Record& record) noexcept {
    const Type type = record.type();
    return type != Type::name && type != Type::tracestate && type != Type::sequence;
}

/// Over the fields that an event holds; while it is written, over those that it held when the walk began. Allocates
/// nothing. A request that more than kMerged threads wrote to is merged as far as that; the rest follows, thread by
/// thread.
class RecordWalk {
public:
    explicit RecordWalk(const OpenEvent& head) noexcept;
    /// The next field's record, or null at the end. Records that are no fields (name, tracestate, sequence) are left
    /// out.
    [[nodiscard]] const Record* next() noexcept;

private:
    static constexpr std::size_t kMerged = 64;

    /// Not initialized: 64 of them would cost more than the walk.
    struct Lane {
        const Record* at;
        const Record* end;
        std::uint64_t sequence;
        const ArenaHeader* arena;

        /// The record at hand, ready to be read; goes on to the next one after it.
        const Record* take() noexcept;

        void skip() noexcept;
        void settle() noexcept;
    };
    [[nodiscard]] static Lane lane_of(const OpenEvent& event) noexcept;
    [[nodiscard]] const Record* next_merged() noexcept;

    std::array<Lane, kMerged> lanes_;
    std::size_t count_ = 1;
    const OpenEvent* more_ = nullptr;
};

}  // namespace wideline::detail
