#include "pipeline/event_encoder.hpp"
#include "event/milliseconds.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "encoding/json_hex.hpp"
#include "encoding/json_number.hpp"
#include "encoding/json_string.hpp"
#include "encoding/json_time.hpp"
#include "event/event_id.hpp"
#include "event/field_value.hpp"
#include "event/kept_items.hpp"
#include "event/record_walk.hpp"
#include "event/unknown_weight.hpp"
#include "redaction/redacted_json.hpp"

namespace wideline::pipeline {

using detail::ArenaHeader;
using detail::OpenEvent;
using detail::Operation;
using detail::Record;
using detail::RecordWalk;
using detail::Type;

namespace {

constexpr std::array<std::string_view, 5> kErrorKeys = {"error.type", "error.message", "error.why", "error.fix",
                                                        "error.link"};

constexpr std::string_view kTruncated = ",\"wideline.truncated\":";
constexpr std::string_view kRedacted = ",\"wideline.redacted\":";

constexpr std::array<std::string_view, 5> kOutcomes = {"success", "error", "crashed", "unfinished", "cancelled"};

constexpr std::size_t kCountBytes = std::string_view("18446744073709551615").size();

/// What may follow the fields that fit: wideline.truncated with its count, and "}\n"; wideline.redacted too, once
/// something was taken.
constexpr std::size_t kEndBytes = kTruncated.size() + kCountBytes + 2;
constexpr std::size_t kRedactedBytes = kRedacted.size() + kCountBytes;

std::string json_of(const Constant& constant) {
    char number[json_text::kNumberBound];
    const auto text = [&](const char* end) { return std::string(number, static_cast<std::size_t>(end - number)); };
    if (const auto* yes = std::get_if<bool>(&constant.value())) return *yes ? "true" : "false";
    if (const auto* whole = std::get_if<std::int64_t>(&constant.value()))
        return text(json_text::write_int(number, *whole));
    if (const auto* natural = std::get_if<std::uint64_t>(&constant.value()))
        return text(json_text::write_uint(number, *natural));
    if (const auto* real = std::get_if<double>(&constant.value()))
        return std::isfinite(*real) ? text(json_text::write_double(number, *real)) : "null";
    return json_text::quoted(std::get<std::string>(constant.value()));
}

char* put_hex(char* out, std::uint64_t word) noexcept { return json_text::write_hex(out, detail::big_endian(word)); }

/// The hashes of the keys that are stamped with a value of each event's own.
struct StampedKeys {
    std::uint64_t name = key_hash("name");
    std::uint64_t duration_ms = key_hash("duration_ms");
    std::uint64_t outcome = key_hash("outcome");
    std::uint64_t trace_id = key_hash("trace_id");
    std::uint64_t span_id = key_hash("span_id");
    std::uint64_t parent_span_id = key_hash("parent_span_id");
    std::uint64_t sample_weight = key_hash("sample_weight");
    std::uint64_t truncated = key_hash("wideline.truncated");
    std::uint64_t redacted = key_hash("wideline.redacted");
};
const StampedKeys kStamped;

std::string_view text_of(const char* begin, const char* end) noexcept {
    return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

void EventEncoder::Members::add(std::string_view key, std::string_view json) {
    text.append(",").append(json_text::quoted(key)).append(":").append(json);
    append_pair_hashes(pairs, key_hash(key), json);
}

EventEncoder::EventEncoder(const Options& options, const Service& service, std::span<const std::string> rules,
                           Pairs pairs)
    : EventEncoder(options, service, rules, pairs,
                   std::make_shared<redaction::Redactor>(options.redact, redaction::Redactor::Missing::removed)) {}

EventEncoder::EventEncoder(const Options& options, const Service& service, std::span<const std::string> rules,
                           Pairs pairs, std::shared_ptr<const redaction::Redactor> redactor)
    : limits_(options.limits),
      given_defaults_(options.defaults),
      given_service_(service),
      notes_pairs_(pairs == Pairs::noted),
      fields_(options.limits.fields) {
    if (options.schema_version) schema_version_.add("schema_version", json_of(*options.schema_version));
    stressed_.add("wideline.stressed", "true");
    crashed_.add("error.type", json_text::quoted("crashed"));
    retroactive_.add("sample_rule", json_text::quoted("retroactive"));
    name_rules(rules);
    redact_by(std::move(redactor));
}

void EventEncoder::redact_by(std::shared_ptr<const redaction::Redactor> redactor) {
    Members service;
    const auto add_service = [&](std::string_view key, std::string_view value) {
        if (!value.empty()) service.add(key, json_text::quoted(redactor->redacted(value)));
    };
    add_service("service.name", given_service_.name);
    add_service("service.version", given_service_.version);
    add_service("service.environment", given_service_.environment);
    add_service("service.instance", given_service_.instance);
    std::vector<Default> defaults;
    for (const auto& [key, constant] : given_defaults_) {
        Default& one = defaults.emplace_back(Default{key, detail::KeyHash{}.with(key).value(), {}});
        const redaction::KeyDecision decision = redactor->of(key);
        const std::string json = json_of(constant);
        if (redaction::leaves_out(decision, json))
            redactor->count_removed(decision, one.taken);
        else
            one.members.add(redactor->redacted(key),
                            redaction::redacted_json(*redactor, json, decision, key, one.taken));
    }
    std::array<redaction::KeyDecision, kErrorKeys.size()> errors;
    for (std::size_t i = 0; i < kErrorKeys.size(); ++i) errors[i] = redactor->of(kErrorKeys[i]);
    service_ = std::move(service);
    defaults_ = std::move(defaults);
    error_decisions_ = errors;
    fields_.redact_by(*redactor);
    redactor_ = std::move(redactor);
}

void EventEncoder::name_rules(std::span<const std::string> rules) {
    for (std::size_t rule = rules_.size(); rule < rules.size(); ++rule)
        rules_.emplace_back().add("sample_rule", json_text::quoted(rules[rule]));
}

Encoded EventEncoder::encode(const OpenEvent& event, LineBuffer& out) {
    found_ = {event.truncated_, event.replaced, event.not_finite};
    for (const OpenEvent* at = event.fragments.load(std::memory_order_acquire); at != nullptr; at = at->next) {
        found_.truncated += at->truncated_;
        found_.replaced += at->replaced;
        found_.not_finite += at->not_finite;
    }
    fields_.clear();
    pairs_.clear();
    taken_.clear();
    errors_ = {};
    event_ = &event;
    collect(event);

    const std::size_t begin = out.size();
    put_stamped(event, out);
    const std::size_t stamped_end = out.size();
    put_fields(out, begin);
    out.put("}\n");
    // The later one first: each is put before what is there.
    if (taken_.values() != 0) [[unlikely]]
        put_count(kRedacted, kStamped.redacted, taken_.values(), out, stamped_end);
    if (found_.truncated != 0) put_count(kTruncated, kStamped.truncated, found_.truncated, out, stamped_end);
    return found_;
}

void EventEncoder::put_count(std::string_view name, std::uint64_t key, std::uint64_t count, LineBuffer& out,
                             std::size_t at) {
    char text[64];
    char* const end = json_text::write_uint(put_literal(text, name), count);
    out.insert(at, text_of(text, end));
    note_pairs(key, text_of(text + name.size(), end));
}

void EventEncoder::collect(const OpenEvent& event) {
    const auto take = [this](const Record& record) {
        if (record.key().starts_with("error.")) [[unlikely]]
            if (take_error(record)) return;
        if (!fields_.add(record)) [[unlikely]]
            ++found_.truncated;
    };
    if (event.shared.load(std::memory_order_relaxed)) [[unlikely]] {
        RecordWalk walk(event);
        while (const Record* const record = walk.next()) take(*record);
        return;
    }
    // The keys of an error are never among those expected, for they are no fields.
    const Record* const end = event.end();
    for (const Record* at = event.arena().begin(); at = fields_.add_expected(at, end), at != end; at = at->next()) {
        if (!detail::is_whole(at, end)) [[unlikely]] {
            found_.damaged = true;
            return;
        }
        if (detail::is_field(*at)) take(*at);
    }
}

/// Whether the record is one of the error's stamped fields; the last one is written.
bool EventEncoder::take_error(const Record& record) {
    for (std::size_t i = 0; i < kErrorKeys.size(); ++i)
        if (record.key() == kErrorKeys[i]) {
            errors_[i] = &record;
            return true;
        }
    return false;
}

void EventEncoder::put_stamped(const OpenEvent& event, LineBuffer& out) {
    const ArenaHeader& arena = *event.small_arena;
    std::string_view name = event.name();
    std::string name_text;
    if (redactor_->suspects(name)) [[unlikely]] {
        name_text = name;
        redactor_->redact(name_text, false, taken_);
        name = name_text;
    }
    constexpr std::size_t kFixed = 512;
    char* to = out.room(kFixed + json_text::string_bound(name.size()));
    to = put_literal(to, "{\"timestamp\":");
    to = json_text::is_writable_time(arena.start_us) ? json_text::write_time(to, arena.start_us)
                                                     : put_literal(to, "null");
    char* value = to = put_literal(to, ",\"name\":");
    to = json_text::write_string(to, name, found_.replaced);
    note_pairs(kStamped.name, text_of(value, to));
    const double duration_ms = detail::milliseconds_of(event.fate().duration_ns);
    to = json_text::write_double(put_literal(to, ",\"duration_ms\":"), duration_ms);
    note_number(kStamped.duration_ms, duration_ms);
    const std::string_view outcome = kOutcomes[static_cast<std::size_t>(event.fate().outcome)];
    to = put_literal(put_literal(to, ",\"outcome\":\""), outcome);
    note_pair(kStamped.outcome, outcome);
    value = to = put_literal(to, "\",\"trace_id\":\"");
    to = put_hex(put_hex(to, arena.trace_id_high), arena.trace_id_low);
    note_pair(kStamped.trace_id, text_of(value, to));
    if (notes_pairs_) pairs_.push_back(second_pair_hash(pairs_.back()));
    value = to = put_literal(to, "\",\"span_id\":\"");
    to = put_hex(to, arena.span_id);
    note_pair(kStamped.span_id, text_of(value, to));
    if (arena.parent_span_id != 0) {
        value = to = put_literal(to, "\",\"parent_span_id\":\"");
        to = put_hex(to, arena.parent_span_id);
        note_pair(kStamped.parent_span_id, text_of(value, to));
    }
    to = put_literal(to, "\",\"event_id\":\"");
    to = json_text::write_uuid(to, detail::event_id(arena));
    *to++ = '"';
    out.written(to);
    put_members(service_, out);
    if (event.fate().weight != detail::kUnknownWeight) [[likely]] {
        out.written(json_text::write_double(put_literal(out.room(kFixed), ",\"sample_weight\":"), event.fate().weight));
        note_number(kStamped.sample_weight, event.fate().weight);
    }
    put_members(rule_of(event), out);
    if (event.fate().stressed) [[unlikely]]
        put_members(stressed_, out);
    if (event.fate().dry_run != detail::DryRun::none) [[unlikely]]
        put_dry_run(event, out);
    put_members(schema_version_, out);
    // It died before it could say why; what it had said by itself tells more.
    if (errors_[0] == nullptr && event.fate().outcome == detail::Outcome::crashed) put_members(crashed_, out);
    for (std::size_t i = 0; i < kErrorKeys.size(); ++i)
        if (errors_[i] != nullptr) put_error(i, out);
}

void EventEncoder::put_error(std::size_t field, LineBuffer& out) {
    const redaction::KeyDecision& decision = error_decisions_[field];
    const std::size_t before = out.size();
    out.put(",\"");
    out.put(kErrorKeys[field]);
    out.put("\":");
    const std::size_t begin = out.size();
    values_.put_value(*errors_[field], out);
    if (redaction::leaves_out(decision, out.view().substr(begin))) {
        redactor_->count_removed(decision, taken_);
        return out.cut(before);
    }
    if (!decision.keeps() || must_rewrite(*errors_[field], out.view().substr(begin)))
        rewrite(kErrorKeys[field], decision, out, begin);
    note_pairs(key_hash(kErrorKeys[field]), out.view().substr(begin));
}

const EventEncoder::Members& EventEncoder::rule_of(const OpenEvent& event) const noexcept {
    const std::uint16_t rule = event.fate().rule;
    return rule == detail::RequestFate::kRetroactive ? retroactive_ : rules_[rule];
}

/// Made anew for each line, by the slow way: a rule is tried out for a day, not for ever.
void EventEncoder::put_dry_run(const OpenEvent& event, LineBuffer& out) {
    constexpr std::string_view kBeforeName = ",\"sample_rule\":";
    char weight[json_text::kNumberBound];
    Members members;
    members.add("sample_dry_run.rule", std::string_view(rule_of(event).text).substr(kBeforeName.size()));
    members.add("sample_dry_run.kept", event.fate().dry_run == detail::DryRun::kept ? "true" : "false");
    if (event.fate().dry_weight != detail::kUnknownWeight)
        members.add("sample_dry_run.weight", text_of(weight, json_text::write_double(weight, event.fate().dry_weight)));
    put_members(members, out);
}

void EventEncoder::put_members(const Members& members, LineBuffer& out) {
    out.put(members.text);
    if (notes_pairs_) pairs_.insert(pairs_.end(), members.pairs.begin(), members.pairs.end());
}

void EventEncoder::put_fields(LineBuffer& out, std::size_t begin) {
    for (const Default& one : defaults_) {
        if (fields_.has(one.hash, one.key)) continue;
        put_members(one.members, out);
        if (one.taken.values() != 0) [[unlikely]]
            taken_.add(one.taken);
    }
    for (const FieldTable::Entry& entry : fields_.entries()) {
        const std::size_t before = out.size();
        const std::size_t pairs_before = pairs_.size();
        const Encoded found_before = found_;
        const std::size_t taken_before = taken_.values();
        const std::uint64_t not_hashed_before = taken_.not_hashed();
        most_items_ = limits_.array_items;
        for (;;) {
            put_field(entry, out);
            const std::size_t end_bytes = kEndBytes + (taken_.values() != 0 ? kRedactedBytes : 0);
            if (out.size() - begin + end_bytes <= limits_.event_bytes) [[likely]]
                break;
            out.cut(before);  // a smaller field may still fit
            pairs_.resize(pairs_before);
            found_ = found_before;
            taken_.go_back(taken_before, not_hashed_before);
            if (entry.first_link == FieldTable::kNone || most_items_ < 2) {
                ++found_.truncated;
                break;
            }
            most_items_ /= 2;  // an array with fewer items
        }
    }
}

void EventEncoder::put_field(const FieldTable::Entry& entry, LineBuffer& out) {
    const KeyCache::Known& key = *entry.key;
    const Record& record = *entry.record;
    const bool whole = entry.first_link == FieldTable::kNone;
    found_.replaced += key.replaced;
    if (whole && is_scalar(record) && key.decision.keeps()) [[likely]] {
        if (record.type() == Type::string && redactor_->suspects(record.text())) [[unlikely]]
            if (put_redacted_text(entry, out)) return;
        char* const begin = fields_.keys().copy_text(out.room(KeyCache::text_bound(key) + scalar_bound(record)), key);
        return out.written(notes_pairs_ ? write_scalar_and_pair(begin, record, key.pair_key)
                                        : values_.write_scalar(begin, record));
    }
    const std::size_t before = out.size();
    out.written(fields_.keys().copy_text(out.room(KeyCache::text_bound(key)), key));
    const std::size_t begin = out.size();
    if (whole) {
        values_.put_value(record, out);
    } else {
        put_folded(entry, out);
    }
    if (redaction::leaves_out(key.decision, out.view().substr(begin))) {
        redactor_->count_removed(key.decision, taken_);
        return out.cut(before);
    }
    if (!key.decision.keeps() || must_rewrite(record, out.view().substr(begin)))
        rewrite(record.key(), key.decision, out, begin);
    note_pairs(key.pair_key, out.view().substr(begin));
}

/// False if nothing in the text was to be taken, and nothing was written.
bool EventEncoder::put_redacted_text(const FieldTable::Entry& entry, LineBuffer& out) {
    const KeyCache::Known& key = *entry.key;
    std::string text(entry.record->text());
    if (!redactor_->redact(text, key.decision.exempt, taken_)) return false;
    out.written(fields_.keys().copy_text(out.room(KeyCache::text_bound(key)), key));
    const std::size_t begin = out.size();
    out.written(json_text::write_string(out.room(json_text::string_bound(text.size())), text, found_.replaced));
    note_pairs(key.pair_key, out.view().substr(begin));
    return true;
}

/// Whether a value whose key is kept may hold what is to be taken: in its texts, or under keys of objects. The keys
/// that notes and calls have are the library's own, so only patterns may mean them.
bool EventEncoder::must_rewrite(const Record& record, std::string_view json) const noexcept {
    if (redactor_->suspects(json)) return true;
    const bool own_keys = record.type() == Type::note || record.type() == Type::call;
    if (own_keys ? !redactor_->has_patterns() : !redactor_->looks_at_keys()) return false;
    return json.find('{') != json.npos;
}

/// What was written from `begin` on is replaced.
void EventEncoder::rewrite(std::string_view key, const redaction::KeyDecision& decision, LineBuffer& out,
                           std::size_t begin) {
    const std::string json = redaction::redacted_json(*redactor_, out.view().substr(begin), decision, key, taken_);
    out.cut(begin);
    out.put(json);
}

/// What write_scalar and append_pair_hashes do, sooner, for the type is known.
char* EventEncoder::write_scalar_and_pair(char* to, const Record& record, std::uint64_t key) {
    switch (record.type()) {
        case Type::string: {
            const std::string_view text = record.text();
            const std::uint64_t replaced = found_.replaced;
            char* const end = json_text::write_string(to, text, found_.replaced);
            // An escape is longer than what it stands for, so a text of the same size has none; but U+FFFD may be as
            // long as what it replaces. Such a text is hashed where it lies in the arena: what was just stored in
            // pieces, a processor is slow to load again in others.
            if (static_cast<std::size_t>(end - to) == text.size() + 2 && found_.replaced == replaced) [[likely]]
                note_pair(key, text);
            else
                note_pairs(key, text_of(to, end));
            return end;
        }
        case Type::int64: {
            char* const end = json_text::write_int(to, record.value_as<std::int64_t>());
            note_pair(key, text_of(to, end));
            return end;
        }
        case Type::duration:
            note_number(key, real_of(record));
            return values_.write_duration(to, record.value_as<std::int64_t>());
        case Type::float64: {
            const double value = real_of(record);
            note_number(key, value);
            return values_.write_double(to, value);
        }
        case Type::yes:
            note_pair(key, "true");
            return put_literal(to, "true");
        case Type::no:
            note_pair(key, "false");
            return put_literal(to, "false");
        default: {
            char* const end = values_.write_scalar(to, record);
            note_pairs(key, text_of(to, end));
            return end;
        }
    }
}

void EventEncoder::note_number(std::uint64_t key, double value) {
    if (!notes_pairs_) return;
    char digits[kWholeNumberBound];
    if (!std::isfinite(value)) return note_pair(key, "null");
    if (const std::size_t size = whole_number(digits, value); size != 0) note_pair(key, {digits, size});
}

/// A number that was raised, or an array whose items were written one by one. What is appended to a value that was set
/// makes an array of both; what is added to anything but a number replaces it.
void EventEncoder::put_folded(const FieldTable::Entry& entry, LineBuffer& out) {
    std::optional<FieldValue> value;
    std::optional<FieldValue> before_items;
    std::uint32_t first_item = FieldTable::kNone;
    for (std::uint32_t at = entry.first_link; at != FieldTable::kNone; at = fields_.link(at).next) {
        const Record& record = *fields_.link(at).record;
        if (record.operation() != Operation::append) {
            first_item = FieldTable::kNone;
        } else if (first_item == FieldTable::kNone) {
            first_item = at;
            before_items = value;
        }
        detail::fold(value, record, *event_);
    }
    if (first_item == FieldTable::kNone) return values_.put_number(*value, out);
    put_items_from(first_item, before_items, out);
}

void EventEncoder::put_items_from(std::uint32_t link, const std::optional<FieldValue>& before, LineBuffer& out) {
    const bool is_array = before && before->type == FieldValue::Type::array;
    std::uint32_t total = is_array ? count_items(*before->record) : before ? 1 : 0;
    for (std::uint32_t at = link; at != FieldTable::kNone; at = fields_.link(at).next) ++total;
    const detail::KeptItems kept_items = detail::kept_items(fields_.link(link).record->type(), most_items_);
    std::uint32_t index = 0;
    std::uint32_t kept = 0;
    const auto keep = [&] {
        ++index;
        if (!kept_items.keeps(index - 1, total - index)) return false;
        if (kept++ != 0) out.put(',');
        return true;
    };
    out.put('[');
    if (is_array) {
        for_each_item(*before->record, [&](const Record& item) {
            if (keep()) values_.put_value(item, out);
        });
    } else if (before) {
        if (keep()) values_.put_number(*before, out);
    }
    for (; link != FieldTable::kNone; link = fields_.link(link).next)
        if (keep()) values_.put_value(*fields_.link(link).record, out);
    out.put(']');
    found_.truncated += total - kept;
}

}  // namespace wideline::pipeline
