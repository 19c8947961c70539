// Building conditions: every check is made here, at set-up, so that evaluating one has nothing left to refuse.
#include <wideline/condition.hpp>

#include <algorithm>
#include <span>
#include <stdexcept>
#include <utility>

#include <wideline/key.hpp>

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

Condition question(Subject subject, std::string key, Relation relation, std::vector<Constant> constants) {
    ConditionNode node;
    node.subject = subject;
    node.relation = relation;
    node.key = std::move(key);
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

Condition FieldOperand::operator==(const Constant& constant) const {
    return comparison(subject_, name_, kEqual, constant);
}
Condition FieldOperand::operator!=(const Constant& constant) const {
    return comparison(subject_, name_, kLess | kGreater, constant);
}
Condition FieldOperand::operator<(const Constant& constant) const {
    return comparison(subject_, name_, kLess, constant);
}
Condition FieldOperand::operator<=(const Constant& constant) const {
    return comparison(subject_, name_, kLess | kEqual, constant);
}
Condition FieldOperand::operator>(const Constant& constant) const {
    return comparison(subject_, name_, kGreater, constant);
}
Condition FieldOperand::operator>=(const Constant& constant) const {
    return comparison(subject_, name_, kGreater | kEqual, constant);
}
Condition FieldOperand::exists() const { return question(subject_, name_, Relation::exists, {}); }
Condition FieldOperand::in(std::initializer_list<Constant> constants) const {
    return in(std::vector<Constant>(constants));
}
Condition FieldOperand::in(std::vector<Constant> constants) const {
    return question(subject_, name_, Relation::one_of, std::move(constants));
}
Condition FieldOperand::contains(Text text) const {
    return question(subject_, name_, Relation::contains, {Constant(text)});
}
Condition FieldOperand::starts_with(Text text) const {
    return question(subject_, name_, Relation::starts_with, {Constant(text)});
}

Condition FieldOperand::matches(Text pattern) const {
    ConditionNode node;
    node.subject = subject_;
    node.relation = Relation::matches;
    node.key = name_;
    node.pattern = sampling::compile_search(pattern);
    return leaf(std::move(node));
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

Condition detail::first_seen_within(std::vector<std::string> fields, std::chrono::nanoseconds ttl) {
    if (fields.empty()) throw std::invalid_argument("wideline: first_seen() is given no field");
    check_fields_of_key("first_seen()", fields);
    if (ttl.count() <= 0)
        throw std::invalid_argument("wideline: first_seen() is given a ttl of " + std::to_string(ttl.count()) +
                                    " ns: it must be above 0");
    ConditionNode node;
    node.subject = Subject::first_seen;
    node.constants = {Constant(true)};
    node.fields = std::move(fields);
    node.ttl = ttl;
    return leaf(std::move(node));
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
