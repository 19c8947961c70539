// Building conditions: every check is made here, at set-up, so that evaluating one has nothing left to refuse.
#include <wideline/condition.hpp>

#include <algorithm>
#include <span>
#include <stdexcept>
#include <utility>
#include <variant>

#include <wideline/key.hpp>

#include "request/trace_context.hpp"
#include "sampling/condition_node.hpp"
#include "sampling/regex_search.hpp"

namespace wideline {

using detail::ConditionNode;
using detail::kEqual;
using detail::kGreater;
using detail::kLess;
using detail::Relation;
using detail::Subject;

namespace {

Condition leaf(ConditionNode node) { return Condition(std::make_shared<const ConditionNode>(std::move(node))); }

Condition question(ConditionNode node, Relation relation, std::vector<Constant> constants) {
    node.relation = relation;
    node.constants = std::move(constants);
    return leaf(std::move(node));
}

Condition comparison(Subject subject, std::string key, int orderings, const Constant& constant) {
    ConditionNode node;
    node.subject = subject;
    node.orderings = static_cast<std::uint8_t>(orderings);
    node.key = std::move(key);
    node.constants = {constant};
    return leaf(std::move(node));
}

Condition is_true(Subject subject) { return comparison(subject, {}, kEqual, true); }

Condition join(ConditionNode::Shape shape, std::shared_ptr<const ConditionNode> left,
               std::shared_ptr<const ConditionNode> right) {
    ConditionNode node;
    node.shape = shape;
    node.comparisons = left->comparisons + (right ? right->comparisons : 0);
    node.depth = 1 + std::max(left->depth, right ? right->depth : 0);
    if (node.comparisons > detail::kMaxComparisons)
        throw std::invalid_argument("wideline: a condition of " + std::to_string(node.comparisons) +
                                    " comparisons is too long: at most " + std::to_string(detail::kMaxComparisons) +
                                    "; to compare with many values, use in()");
    if (node.depth > detail::kMaxConditionDepth)
        throw std::invalid_argument("wideline: a condition nested " + std::to_string(node.depth) +
                                    " deep is too deep: at most " + std::to_string(detail::kMaxConditionDepth) +
                                    "; to compare with many values, use in()");
    node.left = std::move(left);
    node.right = std::move(right);
    return leaf(std::move(node));
}

bool has_control_character(std::string_view text) noexcept {
    for (const char c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
    return false;
}

void check_field_name(std::string_view name) {
    const auto refuse = [&](const char* why) {
        throw std::invalid_argument("wideline: field(\"" + std::string(name) + "\"): " + why);
    };
    if (name.empty()) refuse("the name of a field is not empty");
    if (name.size() > detail::kMaxKeyBytes) refuse("the name of a field has at most 128 bytes");
    if (has_control_character(name)) refuse("the name of a field has no control characters");
    if (detail::is_stamped(name) && !name.starts_with("error."))
        refuse("the library stamps this field after the rules have run, so none can ask for it");
}

/// The operand as it was written, for sentences about it.
std::string shown(Subject subject, const std::string& key) {
    switch (subject) {
        case Subject::field:
            return "field(\"" + key + "\")";
        case Subject::tracestate:
            return "tracestate(\"" + key + "\")";
        case Subject::first_of:
            return "first_of()";
        case Subject::outcome:
            return "field(\"outcome\")";
        case Subject::duration_ms:
            return "field(\"duration_ms\")";
        default:
            return "name()";
    }
}

bool is_number(const Constant& constant) noexcept {
    return !std::holds_alternative<bool>(constant.value()) && !std::holds_alternative<std::string>(constant.value());
}

[[noreturn]] void refuse_empty_list(const std::string& condition) {
    throw std::invalid_argument("wideline: " + condition +
                                ": the list is empty, so the answer does not depend on the "
                                "request");
}

void check_fields_of_key(const char* condition, std::span<const std::string> fields) {
    if (fields.size() > detail::kMostFieldsOfKey)
        throw std::invalid_argument("wideline: " + std::string(condition) + " is given " +
                                    std::to_string(fields.size()) + " fields: at most " +
                                    std::to_string(detail::kMostFieldsOfKey));
    for (const std::string& name : fields) detail::check_field_of_key(name);
}

}  // namespace

detail::Subject detail::subject_of_field(std::string_view name) {
    if (name == "name") return Subject::name;
    if (name == "outcome") return Subject::outcome;
    if (name == "duration_ms") return Subject::duration_ms;
    check_field_name(name);
    return Subject::field;
}

void detail::check_field_of_key(std::string_view name) {
    if (subject_of_field(name) == Subject::duration_ms)
        throw std::invalid_argument(
            "wideline: field(\"duration_ms\"): hardly two requests have the same, so it tells none apart");
}

void detail::refuse_duration_that_is_not_a_number() {
    throw std::invalid_argument("wideline: a duration to compare with is NaN");
}

Condition operator&&(const Condition& left, const Condition& right) {
    return join(ConditionNode::Shape::all_of, left.node_, right.node_);
}

Condition operator||(const Condition& left, const Condition& right) {
    return join(ConditionNode::Shape::any_of, left.node_, right.node_);
}

Condition operator!(const Condition& condition) {
    return join(ConditionNode::Shape::negation, condition.node_, nullptr);
}

ConditionNode FieldOperand::node() const {
    ConditionNode node;
    node.subject = subject_;
    node.as_number = as_number_;
    node.key = name_;
    node.fields = names_;
    return node;
}

void FieldOperand::refuse_if_number(const char* question) const {
    if (!as_number_) return;
    throw std::invalid_argument("wideline: number(" + shown(subject_, name_) + ")" + question +
                                " asks for a text, and the operand is a number");
}

Condition FieldOperand::comparison(int orderings, const Constant& constant) const {
    if (!is_number(constant)) refuse_if_number(" compared with a constant that is not a number");
    ConditionNode compared = node();
    compared.orderings = static_cast<std::uint8_t>(orderings);
    return question(std::move(compared), Relation::compares, {constant});
}

Condition FieldOperand::operator==(const Constant& constant) const { return comparison(kEqual, constant); }
Condition FieldOperand::operator!=(const Constant& constant) const { return comparison(kLess | kGreater, constant); }
Condition FieldOperand::operator<(const Constant& constant) const { return comparison(kLess, constant); }
Condition FieldOperand::operator<=(const Constant& constant) const { return comparison(kLess | kEqual, constant); }
Condition FieldOperand::operator>(const Constant& constant) const { return comparison(kGreater, constant); }
Condition FieldOperand::operator>=(const Constant& constant) const { return comparison(kGreater | kEqual, constant); }
Condition FieldOperand::exists() const { return question(node(), Relation::exists, {}); }

Condition FieldOperand::in(std::initializer_list<Constant> constants) const {
    return in(std::vector<Constant>(constants));
}
Condition FieldOperand::in(std::vector<Constant> constants) const {
    if (constants.empty()) refuse_empty_list(shown(subject_, name_) + ".in({})");
    if (!std::all_of(constants.begin(), constants.end(), is_number)) refuse_if_number(".in()");
    return question(node(), Relation::one_of, std::move(constants));
}
Condition FieldOperand::not_in(std::initializer_list<Constant> constants) const {
    return not_in(std::vector<Constant>(constants));
}
Condition FieldOperand::not_in(std::vector<Constant> constants) const {
    if (constants.empty()) refuse_empty_list(shown(subject_, name_) + ".not_in({})");
    if (!std::all_of(constants.begin(), constants.end(), is_number)) refuse_if_number(".not_in()");
    return question(node(), Relation::none_of, std::move(constants));
}
Condition FieldOperand::contains(Text text) const {
    refuse_if_number(".contains()");
    return question(node(), Relation::contains, {Constant(text)});
}
Condition FieldOperand::starts_with(Text text) const {
    refuse_if_number(".starts_with()");
    return question(node(), Relation::starts_with, {Constant(text)});
}

Condition FieldOperand::matches(Text pattern) const {
    refuse_if_number(".matches()");
    ConditionNode searched = node();
    searched.pattern = sampling::compile_search(pattern);
    return question(std::move(searched), Relation::matches, {});
}

Condition DurationOperand::equal(std::chrono::nanoseconds limit) {
    return comparison(Subject::duration, {}, kEqual, limit.count());
}
Condition DurationOperand::less(std::chrono::nanoseconds limit) {
    return comparison(Subject::duration, {}, kLess, limit.count());
}
Condition DurationOperand::greater(std::chrono::nanoseconds limit) {
    return comparison(Subject::duration, {}, kGreater, limit.count());
}

FieldOperand field(Text name) {
    const Subject subject = detail::subject_of_field(name);
    return {subject, subject == Subject::field ? std::string(name) : std::string()};
}

FieldOperand name() { return {Subject::name, {}}; }

FieldOperand first_of(std::vector<std::string> names) {
    if (names.empty()) throw std::invalid_argument("wideline: first_of() is given no field");
    if (names.size() > detail::kMostFieldsOfKey)
        throw std::invalid_argument("wideline: first_of() is given " + std::to_string(names.size()) +
                                    " fields: at most " + std::to_string(detail::kMostFieldsOfKey));
    for (const std::string& name : names) (void)detail::subject_of_field(name);
    FieldOperand operand{Subject::first_of, {}};
    operand.names_ = std::move(names);
    return operand;
}

FieldOperand tracestate(Text key) {
    const auto refuse = [&](const char* why) {
        throw std::invalid_argument("wideline: tracestate(\"" + std::string(key) + "\"): " + why);
    };
    if (!is_tracestate_key(key)) refuse("no member of tracestate can have this key");
    if (key == "ot")
        refuse(
            "this member holds the randomness that sampling decides by, so no weight could be right for what a rule "
            "keeps by it");
    return {Subject::tracestate, std::string(key)};
}

FieldOperand number(FieldOperand operand) {
    operand.as_number_ = true;
    return operand;
}

Condition always() { return is_true(Subject::always); }
Condition has_parent() { return is_true(Subject::has_parent); }
Condition failed() { return is_true(Subject::failed); }
Condition cancelled() { return is_true(Subject::cancelled); }
Condition upstream_sampled() { return is_true(Subject::upstream_sampled); }

Condition when(std::function<bool(const EventView&)> predicate) {
    if (!predicate) throw std::invalid_argument("wideline: when() was given an empty function");
    ConditionNode node;
    node.subject = Subject::predicate;
    node.constants = {Constant(true)};
    node.predicate = std::move(predicate);
    return leaf(std::move(node));
}

namespace {

/// `condition` is its name in the code.
Condition remembered(Subject subject, const char* condition, std::vector<std::string> fields,
                     std::chrono::nanoseconds ttl) {
    if (fields.empty()) throw std::invalid_argument("wideline: " + std::string(condition) + " is given no field");
    check_fields_of_key(condition, fields);
    if (ttl.count() <= 0)
        throw std::invalid_argument("wideline: " + std::string(condition) + " is given a time of " +
                                    std::to_string(ttl.count()) + " ns: it must be above 0");
    ConditionNode node;
    node.subject = subject;
    node.constants = {Constant(true)};
    node.fields = std::move(fields);
    node.ttl = ttl;
    return leaf(std::move(node));
}

}  // namespace

Condition detail::first_seen_within(std::vector<std::string> fields, std::chrono::nanoseconds ttl) {
    return remembered(Subject::first_seen, "first_seen()", std::move(fields), ttl);
}

Condition detail::once_in(std::vector<std::string> fields, std::chrono::nanoseconds interval) {
    return remembered(Subject::once_per, "once_per()", std::move(fields), interval);
}

Condition slower_than_percentile(double percentile, PercentileOptions options) {
    if (!(percentile > 0 && percentile < 100))
        throw std::invalid_argument("wideline: slower_than_percentile(" + std::to_string(percentile) +
                                    "): it must be above 0 and below 100");
    check_fields_of_key("slower_than_percentile()", options.by);
    ConditionNode node;
    node.subject = Subject::slow_for_key;
    node.constants = {Constant(true)};
    node.fields = std::move(options.by);
    node.percentile = percentile;
    return leaf(std::move(node));
}

}  // namespace wideline
