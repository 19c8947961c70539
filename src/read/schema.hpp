// Which fields events have, and of what kinds.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "read/distinct_count.hpp"
#include "read/event_line.hpp"
#include "read/field_slots.hpp"
#include "read/json_kind.hpp"
#include "read/lines.hpp"

namespace wideline::read {

struct FieldFacts {
    std::string name;  ///< As text.
    JsonKinds kinds;
    JsonKinds items;              ///< Of arrays.
    bool fractions = false;       ///< A number that is not whole: 1.5, and not 1.0.
    bool item_fractions = false;  ///< The same of items of arrays.
    bool past_int64 = false;      ///< An integer that an int64 cannot hold.
    bool past_uint64 = false;     ///< An integer that is negative, or that a uint64 cannot hold.
    std::uint64_t events = 0;     ///< That have the field.
    double weight = 0;            ///< Sum of their sample_weight.
    DistinctCount distinct;
    std::string example;  ///< JSON text of the first value that is not null; may be cut, and is printable so.
    bool example_cut = false;
};

/// One thread at a time. Memory: FieldSlots::kMostFields fields of some 5 to 20 KiB each.
class SchemaTally {
public:
    SchemaTally();
    ~SchemaTally();
    SchemaTally(const SchemaTally&) = delete;
    SchemaTally& operator=(const SchemaTally&) = delete;

    void add(const LineBatch& batch);
    void merge(SchemaTally&& other);

    /// In the order in which they first came.
    [[nodiscard]] std::vector<FieldFacts> fields() const;
    [[nodiscard]] std::uint64_t events() const noexcept { return events_; }
    [[nodiscard]] double weight() const noexcept { return weight_; }
    [[nodiscard]] std::uint64_t bad_lines() const noexcept { return bad_lines_; }
    /// Whether there were more than FieldSlots::kMostFields; fields() has only those.
    [[nodiscard]] bool too_many_fields() const noexcept { return too_many_fields_; }

private:
    struct Field;

    void add_line(std::string_view line, std::uint64_t batch);
    void add_value(Field& field, JsonText value, std::uint64_t batch);
    Field* field_of(std::size_t slot);

    FieldSlots slots_;
    std::vector<std::unique_ptr<Field>> fields_;
    std::uint64_t events_ = 0;
    double weight_ = 0;
    std::uint64_t bad_lines_ = 0;
    bool too_many_fields_ = false;

    EventLine reader_{{}};
    std::vector<RawField> line_;
};

}  // namespace wideline::read
