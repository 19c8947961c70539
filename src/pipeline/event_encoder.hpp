// An event as one JSON line, as docs/file-format.md has it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <wideline/options.hpp>

#include "event/open_event.hpp"
#include "pipeline/field_table.hpp"
#include "pipeline/line_buffer.hpp"

namespace wideline::pipeline {

/// What encoding found that somebody counts.
struct Encoded {
    std::uint64_t truncated = 0;   // fields cut or left out
    std::uint64_t replaced = 0;    // invalid UTF-8 sequences
    std::uint64_t not_finite = 0;  // values that are null for want of a JSON form
};

/// Reused from event to event; one thread.
class EventEncoder {
public:
    EventEncoder(const Options& options, const Service& service, std::span<const std::string> rules);

    /// Appends the line of a sealed event, its '\n' included.
    Encoded encode(const detail::OpenEvent& event, LineBuffer& out);

private:
    struct Default {
        std::string key;
        std::uint32_t hash;
        std::string text;  // ,"key":value
    };

    void collect(const detail::OpenEvent& event);
    void put_stamped(const detail::OpenEvent& event, LineBuffer& out);
    void put_errors(LineBuffer& out);
    void put_fields(LineBuffer& out, std::size_t begin);
    void put_key(std::string_view key, LineBuffer& out);
    void put_field(const FieldTable::Entry& entry, LineBuffer& out);
    void put_folded(const FieldTable::Entry& entry, LineBuffer& out);
    void put_value(const detail::Record& record, LineBuffer& out);
    void put_number(const FieldValue& value, LineBuffer& out);
    void put_double(double value, LineBuffer& out);
    void put_string(std::string_view text, LineBuffer& out);
    void put_time(std::int64_t microseconds, LineBuffer& out);
    void put_note(const detail::Record& record, LineBuffer& out);
    std::uint32_t put_items(const detail::Record& array, LineBuffer& out);
    void put_items_from(std::uint32_t link, const std::optional<FieldValue>& before, LineBuffer& out);

    Limits limits_;
    std::string service_;             // ,"service.name":…
    std::string schema_version_;      // ,"schema_version":…
    std::vector<std::string> rules_;  // ,"sample_rule":"…"
    std::vector<Default> defaults_;
    FieldTable fields_;
    std::array<const detail::Record*, 5> errors_{};  // error.type and so on, where written
    const detail::OpenEvent* event_ = nullptr;       // the one being encoded
    Encoded found_;
};

}  // namespace wideline::pipeline
