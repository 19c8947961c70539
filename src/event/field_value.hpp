// What the records of one key come to, read one after the other.
#pragma once

#include <wideline/event_view.hpp>

#include "event/open_event.hpp"

namespace wideline::detail {

/// A record's value by itself.
FieldValue value_of(const Record& record, const OpenEvent& event) noexcept;

/// The value of a key after one more record: replaced, added to, raised, or an array with one more item (of which only
/// `record` is known here: whoever wants the items walks the event). `value` is empty before the first.
void fold(std::optional<FieldValue>& value, const Record& record, const OpenEvent& event) noexcept;

}  // namespace wideline::detail
