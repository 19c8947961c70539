#include "sampling/condition_program.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "encoding/rfc3339.hpp"
#include "event/only_record.hpp"
#include "request/trace_context.hpp"
#include "request/trace_of_request.hpp"
#include "sampling/comparison.hpp"
#include "sampling/regex_search.hpp"

namespace wideline::sampling {

using detail::ConditionNode;
using detail::Relation;
using detail::Subject;
using Type = FieldValue::Type;

namespace {

void watch_keys(const ConditionNode& node, detail::WatchedKeys& keys) {
    if (node.left) watch_keys(*node.left, keys);
    if (node.right) watch_keys(*node.right, keys);
    if (node.shape == ConditionNode::Shape::comparison && node.subject == Subject::field) keys.watch(node.key);
    for (const std::string& name : node.fields)
        if (detail::subject_of_field(name) == Subject::field) keys.watch(name);
}

FieldValue boolean(bool value) noexcept {
    FieldValue result;
    result.type = Type::boolean;
    result.boolean = value;
    return result;
}

FieldValue string(std::string_view text) noexcept {
    FieldValue result;
    result.type = Type::string;
    result.text = text;
    return result;
}

FieldValue nanoseconds(std::chrono::nanoseconds duration) noexcept {
    FieldValue result;
    result.type = Type::int64;
    result.int64 = duration.count();
    return result;
}

FieldValue milliseconds(std::chrono::nanoseconds duration) noexcept {
    FieldValue result;
    result.type = Type::float64;
    result.float64 = std::chrono::duration<double, std::milli>(duration).count();
    return result;
}

/// What is not a field. Throws what the predicate throws.
FieldValue read(Subject subject, const ConditionNode& node, const EventView& view) {
    switch (subject) {
        case Subject::name:
            return string(view.name());
        case Subject::outcome:
            return string(view.failed() ? "error" : view.cancelled() ? "cancelled" : "success");
        case Subject::duration_ms:
            return milliseconds(view.duration());
        case Subject::duration:
            return nanoseconds(view.duration());
        case Subject::failed:
            return boolean(view.failed());
        case Subject::cancelled:
            return boolean(view.cancelled());
        case Subject::upstream_sampled:
            return boolean(view.upstream_sampled());
        case Subject::has_parent:
            return boolean(view.has_parent());
        case Subject::always:
            return boolean(true);
        case Subject::tracestate: {
            const auto member = tracestate_member(detail::tracestate_of(detail::event_of(view)), node.key);
            return member ? string(*member) : FieldValue{};
        }
        case Subject::predicate:
            return boolean(node.predicate(view));
        case Subject::field:
        case Subject::first_of:
        case Subject::first_seen:
        case Subject::once_per:
        case Subject::slow_for_key:
            break;
    }
    return {};
}

int bit_of(std::partial_ordering ordering) noexcept {
    return ordering < 0 ? detail::kLess : ordering == 0 ? detail::kEqual : ordering > 0 ? detail::kGreater : 0;
}

bool compares(const FieldValue& value, const FieldValue& constant, std::uint8_t orderings) noexcept {
    return (orderings & bit_of(compare(value, constant))) != 0;
}

bool is_nan(const FieldValue& value) noexcept { return value.type == Type::float64 && std::isnan(value.float64); }

bool is_list(Relation relation) noexcept { return relation == Relation::one_of || relation == Relation::none_of; }

/// Whether values of the two are compared at all.
bool are_alike(const FieldValue& value, const FieldValue& constant) noexcept {
    return value.is_number() ? constant.is_number() : compare(value, constant) != std::partial_ordering::unordered;
}

bool contains(const FieldValue& value, std::string_view text) noexcept {
    if (value.type == Type::string) return value.text.find(text) != std::string_view::npos;
    return value.type == Type::array && value.array_contains(text);
}

}  // namespace

void watch_keys_of(const Condition& condition, detail::WatchedKeys& keys) { watch_keys(condition.node(), keys); }

Target ConditionProgram::prepend(const Condition& condition, Target if_true, Target if_false, const RulePlace& place) {
    conditions_.push_back(condition);
    watch_keys_of(condition, place.keys);
    return lay(condition.node(), if_true, if_false, place);
}

/// From right to left, so that where to go on is known when a step is laid down.
Target ConditionProgram::lay(const ConditionNode& node, Target if_true, Target if_false, const RulePlace& place) {
    switch (node.shape) {
        case ConditionNode::Shape::negation:
            return lay(*node.left, if_false, if_true, place);
        case ConditionNode::Shape::all_of: {
            const Target right = lay(*node.right, if_true, if_false, place);
            return lay(*node.left, right, if_false, place);
        }
        case ConditionNode::Shape::any_of: {
            const Target right = lay(*node.right, if_true, if_false, place);
            return lay(*node.left, if_true, right, place);
        }
        case ConditionNode::Shape::comparison:
            break;
    }
    return lay_comparison(node, if_true, if_false, place);
}

Target ConditionProgram::lay_comparison(const ConditionNode& node, Target if_true, Target if_false,
                                        const RulePlace& place) {
    if (node.subject == Subject::always) return if_true;
    if (node.subject == Subject::upstream_sampled) asks_for_flag_ = true;
    const auto first = static_cast<std::uint32_t>(constants_.size());
    for (const Constant& constant : node.constants) {
        const FieldValue value = as_field_value(constant);
        // NaN is equal to nothing, and would spoil the order.
        if (!is_list(node.relation) || !is_nan(value)) constants_.push_back(value);
    }
    if (is_list(node.relation)) std::sort(constants_.begin() + first, constants_.end(), sorts_before);
    const std::uint32_t slot =
        node.subject == Subject::field ? place.keys.watch(node.key) : detail::WatchedKeys::kNotWatched;
    Shortcut shortcut = Shortcut::none;
    if (node.relation == Relation::compares && constants_[first].type == Type::string &&
        node.orderings == detail::kEqual && !json_text::may_be_rfc3339(constants_[first].text))
        shortcut = Shortcut::is_text;
    else if (node.relation == Relation::compares && constants_[first].type == Type::int64)
        shortcut = Shortcut::orders_integers;
    const auto orderings = static_cast<std::uint8_t>(node.orderings | (node.as_number ? kAsNumber : 0));
    steps_.push_back({node.subject, node.relation, orderings, shortcut, slot, first,
                      static_cast<std::uint32_t>(constants_.size()) - first, place.blame, if_true, if_false,
                      lay_memory(node, place), &node});
    return Target::step(static_cast<std::uint32_t>(steps_.size() - 1));
}

std::uint32_t ConditionProgram::lay_memory(const ConditionNode& node, const RulePlace& place) {
    if (node.subject == Subject::first_seen || node.subject == Subject::once_per) {
        const auto counts = node.subject == Subject::once_per ? SeenTable::Counts::first : SeenTable::Counts::every;
        seen_.push_back(
            {FieldKey(node.fields, place.keys), &place.learned.seen(place.name, node.fields, node.ttl, counts)});
        return static_cast<std::uint32_t>(seen_.size() - 1);
    }
    if (node.subject == Subject::first_of) {
        FirstOf& one = first_of_.emplace_back();
        for (const std::string& name : node.fields) {
            const Subject subject = detail::subject_of_field(name);
            const bool is_field = subject == Subject::field;
            one.fields.push_back({subject, is_field ? place.keys.watch(name) : detail::WatchedKeys::kNotWatched, name});
        }
        return static_cast<std::uint32_t>(first_of_.size() - 1);
    }
    if (node.subject == Subject::slow_for_key) {
        percentiles_.push_back(
            {FieldKey(node.fields, place.keys), &place.learned.percentile(place.name, node.percentile, node.fields)});
        return static_cast<std::uint32_t>(percentiles_.size() - 1);
    }
    return 0;
}

[[gnu::always_inline]] inline bool ConditionProgram::holds_of(const Step& step, const FieldValue& value) const {
    if ((step.orderings & kAsNumber) != 0) [[unlikely]]
        return holds_as_number(step, value);
    if (step.relation != Relation::compares) return answers(step, value);
    return compares(value, constants_[step.first_constant], step.orderings);
}

[[gnu::flatten]] ConditionProgram::Result ConditionProgram::run(Target at, const EventView& view,
                                                                std::size_t lane) const noexcept {
    try {
        while (!at.is_end()) {
            const Step& step = steps_[at.index()];
            at = holds(step, view, lane) ? step.if_true : step.if_false;
        }
        return {at.index(), false};
    } catch (...) {  // a predicate of the user's, or a regular expression that ran out of memory
        return {steps_[at.index()].blame, true};
    }
}

ConditionProgram::Result ConditionProgram::imagine(Target at, const EventView& view,
                                                   bool upstream_sampled) const noexcept {
    try {
        while (!at.is_end()) {
            const Step& step = steps_[at.index()];
            at = would_hold(step, view, upstream_sampled) ? step.if_true : step.if_false;
        }
        return {at.index(), false};
    } catch (...) {
        return {steps_[at.index()].blame, true};
    }
}

bool ConditionProgram::would_hold(const Step& step, const EventView& view, bool upstream_sampled) const {
    switch (step.subject) {
        case Subject::upstream_sampled:
            return holds_of(step, boolean(upstream_sampled));
        case Subject::first_seen:
        case Subject::once_per:
            return seen_[step.memory].table->would_be_first(seen_[step.memory].key.of(view), detail::end_ns(view));
        case Subject::slow_for_key:
            return percentiles_[step.memory].rule->would_be_slow(percentiles_[step.memory].key.of(view),
                                                                 view.duration().count());
        default:
            return holds(step, view, 0);  // the lane is for what counts
    }
}

/// Nearly every step compares a field that has a slot with one text or integer: that is the path without a call of our
/// own, and without a FieldValue.
bool ConditionProgram::holds(const Step& step, const EventView& view, std::size_t lane) const {
    if (step.slot == detail::WatchedKeys::kNotWatched) return holds_unwatched(step, view, lane);
    if (const detail::Record* const record = detail::only_record(view, step.slot)) [[likely]] {
        if (step.shortcut == Shortcut::is_text && record->type() == detail::Type::string)
            return record->text() == constants_[step.first_constant].text;
        if (step.shortcut == Shortcut::orders_integers && record->type() == detail::Type::int64) {
            const std::int64_t constant = constants_[step.first_constant].int64;
            return (step.orderings & bit_of(record->value_as<std::int64_t>() <=> constant)) != 0;
        }
    }
    return holds_watched(step, view);
}

[[gnu::noinline]] bool ConditionProgram::holds_watched(const Step& step, const EventView& view) const {
    const std::optional<FieldValue> value = view.watched(step.slot);
    return value && holds_of(step, *value);
}

[[gnu::noinline]] bool ConditionProgram::holds_unwatched(const Step& step, const EventView& view,
                                                         std::size_t lane) const {
    if (detail::is_kept_by_program(step.subject)) return holds_by_program(step, view, lane);
    if (step.subject != Subject::field) return holds_of(step, read(step.subject, *step.node, view));
    const std::optional<FieldValue> value = view.find(step.node->key);
    return value && holds_of(step, *value);
}

bool ConditionProgram::holds_by_program(const Step& step, const EventView& view, std::size_t lane) const {
    if (step.subject == Subject::slow_for_key) {
        const Percentile& percentile = percentiles_[step.memory];
        return percentile.rule->is_slow(percentile.key.of(view), lane, view.duration().count());
    }
    if (step.subject != Subject::first_of) {
        const Seen& seen = seen_[step.memory];
        return seen.table->is_first(seen.key.of(view), detail::end_ns(view));
    }
    const std::optional<FieldValue> value = first_of(step, view);
    return value && holds_of(step, *value);
}

std::optional<FieldValue> ConditionProgram::first_of(const Step& step, const EventView& view) const {
    for (const auto& [subject, slot, name] : first_of_[step.memory].fields) {
        if (subject != Subject::field) return read(subject, *step.node, view);
        const auto value = slot == detail::WatchedKeys::kNotWatched ? view.find(name) : view.watched(slot);
        if (value && value->type != Type::null) return value;
    }
    return std::nullopt;
}

[[gnu::noinline]] bool ConditionProgram::holds_as_number(const Step& step, const FieldValue& value) const {
    const std::optional<FieldValue> number = as_number(value);
    return number && answers(step, *number);
}

[[gnu::noinline]] bool ConditionProgram::answers(const Step& step, const FieldValue& value) const {
    switch (step.relation) {
        case Relation::exists:
            return value.type != Type::null;
        case Relation::one_of:
            return is_one_of(step, value);
        case Relation::none_of:
            return is_none_of(step, value);
        case Relation::contains:
            return contains(value, constants_[step.first_constant].text);
        case Relation::starts_with:
            return value.type == Type::string && value.text.starts_with(constants_[step.first_constant].text);
        case Relation::matches:
            return value.type == Type::string && search(*step.node->pattern, value.text);
        case Relation::compares:
            return compares(value, constants_[step.first_constant], step.orderings);
    }
    return false;
}

bool ConditionProgram::is_one_of(const Step& step, const FieldValue& value) const noexcept {
    if (is_nan(value)) return false;
    const auto begin = constants_.begin() + step.first_constant;
    const auto end = begin + step.constants;
    const auto found = std::lower_bound(begin, end, value, sorts_before);
    return found != end && compare(*found, value) == 0;
}

bool ConditionProgram::is_none_of(const Step& step, const FieldValue& value) const noexcept {
    if (is_nan(value) || is_one_of(step, value)) return false;
    const auto begin = constants_.begin() + step.first_constant;
    return std::any_of(begin, begin + step.constants,
                       [&](const FieldValue& constant) { return are_alike(value, constant); });
}

}  // namespace wideline::sampling
