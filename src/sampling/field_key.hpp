// The values that a few fields have in one event, as one number: what adaptive rules, percentiles and first_seen tell
// requests apart by.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <wideline/detail/watched_keys.hpp>
#include <wideline/event_view.hpp>

#include "sampling/condition_node.hpp"

namespace wideline::sampling {

/// Made at set-up, then read by any number of threads.
class FieldKey {
public:
    /// Watches the fields as long as there are slots.
    FieldKey(std::span<const std::string> fields, detail::WatchedKeys& keys);

    /// Equal for events whose fields have equal values; of others, some two in 2^64 are equal. Integers are compared by
    /// their values, whatever their types; 7 and 7.0 are two keys. A field that is absent or null is a value of its
    /// own, and so is one that is an array: their items are not looked at. Some 4 ns a field.
    [[nodiscard]] std::uint64_t of(const EventView& view) const noexcept;

private:
    struct Field {
        detail::Subject subject;
        std::uint32_t slot;
        std::string name;
    };
    std::vector<Field> fields_;
};

}  // namespace wideline::sampling
