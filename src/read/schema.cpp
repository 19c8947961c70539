#include "read/schema.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "encoding/json_walk.hpp"
#include "read/reserved_field.hpp"

namespace wideline::read {
namespace {

constexpr std::size_t kLongestExample = 60;

/// Whether an integer's text is one of `Integer`.
template <class Integer>
bool holds(JsonText text) {
    Integer number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

/// Whether a number with a point or an exponent is a whole one all the same.
bool is_whole(JsonText text) noexcept {
    const auto number = number_of(text);
    return number && std::trunc(*number) == *number;
}

/// The first bytes, and no half of a character.
std::string_view beginning(std::string_view text) {
    if (text.size() <= kLongestExample) return text;
    std::size_t end = kLongestExample;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return text.substr(0, end);
}

}  // namespace

struct SchemaTally::Field {
    FieldFacts facts;
    std::uint64_t first_batch = 0;
    std::uint64_t example_batch = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t last_event = 0;  // That had it, counted from 1: a name that is repeated in a line is one field.
};

SchemaTally::SchemaTally() = default;
SchemaTally::~SchemaTally() = default;

void SchemaTally::add(const LineBatch& batch) {
    for_each_line(batch.lines(), [&](std::string_view line) { add_line(line, batch.number()); });
}

void SchemaTally::add_line(std::string_view line, std::uint64_t batch) {
    if (!reader_.read_raw(line, line_)) {
        ++bad_lines_;
        return;
    }
    ++events_;
    const double weight = weight_in(line_);
    weight_ += weight;
    for (std::size_t i = 0; i < line_.size(); ++i) {
        Field* const field = field_of(slots_.of(line_[i].key, i));
        if (field == nullptr) continue;
        if (field->last_event == events_) continue;
        field->last_event = events_;
        if (field->facts.events == 0) field->first_batch = batch;
        add_value(*field, line_[i].value, batch);
        ++field->facts.events;
        field->facts.weight += weight;
    }
}

void SchemaTally::add_value(Field& field, JsonText value, std::uint64_t batch) {
    FieldFacts& facts = field.facts;
    const JsonKind kind = kind_of(value);
    facts.kinds.add(kind);
    facts.distinct.add(value);
    facts.fractions = facts.fractions || (kind == JsonKind::number && !is_whole(value));
    if (kind == JsonKind::integer) {
        facts.past_int64 |= !holds<std::int64_t>(value);
        facts.past_uint64 |= !holds<std::uint64_t>(value);
    }
    if (kind == JsonKind::array) {
        json_text::JsonWalk items(value, json_text::JsonWalk::Over::array);
        for (json_text::JsonWalk::Member item; items.next(item);) {
            const JsonKind item_kind = kind_of(item.value);
            facts.items.add(item_kind);
            facts.item_fractions |= item_kind == JsonKind::number && !is_whole(item.value);
        }
    }
    if (kind == JsonKind::null || !facts.example.empty()) return;
    facts.example = beginning(value);
    facts.example_cut = facts.example.size() != value.size();
    field.example_batch = batch;
}

SchemaTally::Field* SchemaTally::field_of(std::size_t slot) {
    if (slot == FieldSlots::kOtherFields) {
        too_many_fields_ = true;
        return nullptr;
    }
    if (slot == fields_.size()) {
        fields_.push_back(std::make_unique<Field>());
        fields_.back()->facts.name = slots_.names()[slot];
    }
    return fields_[slot].get();
}

void SchemaTally::merge(SchemaTally&& other) {
    for (std::size_t i = 0; i < other.fields_.size(); ++i) {
        const Field& theirs = *other.fields_[i];
        Field* const mine = field_of(slots_.of_name(theirs.facts.name));
        if (mine == nullptr) continue;
        FieldFacts& facts = mine->facts;
        mine->first_batch = facts.events == 0 ? theirs.first_batch : std::min(mine->first_batch, theirs.first_batch);
        facts.kinds.add(theirs.facts.kinds);
        facts.items.add(theirs.facts.items);
        facts.fractions |= theirs.facts.fractions;
        facts.item_fractions |= theirs.facts.item_fractions;
        facts.past_int64 |= theirs.facts.past_int64;
        facts.past_uint64 |= theirs.facts.past_uint64;
        facts.events += theirs.facts.events;
        facts.weight += theirs.facts.weight;
        facts.distinct.merge(theirs.facts.distinct);
        if (theirs.example_batch >= mine->example_batch) continue;
        facts.example = theirs.facts.example;
        facts.example_cut = theirs.facts.example_cut;
        mine->example_batch = theirs.example_batch;
    }
    events_ += other.events_;
    weight_ += other.weight_;
    bad_lines_ += other.bad_lines_;
    too_many_fields_ |= other.too_many_fields_;
}

std::vector<FieldFacts> SchemaTally::fields() const {
    std::vector<const Field*> order;
    for (const auto& field : fields_) order.push_back(field.get());
    std::stable_sort(order.begin(), order.end(),
                     [](const Field* a, const Field* b) { return a->first_batch < b->first_batch; });
    std::vector<FieldFacts> facts;
    for (const Field* field : order) facts.push_back(field->facts);
    return facts;
}

}  // namespace wideline::read
