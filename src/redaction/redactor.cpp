#include "redaction/redactor.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "encoding/blake2b.hpp"
#include "encoding/json_hex.hpp"
#include "redaction/detectors.hpp"

namespace wideline::redaction {
namespace {

enum RuleNumber : std::size_t { kDefaults, kUrls, kTokens, kEmails, kCards, kIbans, kFirstPattern };

constexpr std::size_t kMostKeyBytes = 64;  // of BLAKE2b
constexpr std::size_t kHashBytes = 16;
constexpr std::size_t kMaskedFrom = 12;
constexpr std::size_t kLeftByMask = 4;

/// As the hash takes it.
std::string hash_key(const std::string& secret) {
    if (secret.size() <= kMostKeyBytes) return secret;
    std::array<std::uint8_t, kMostKeyBytes> digest{};
    blake2b(digest, {}, secret);
    return {digest.begin(), digest.end()};
}

std::string hashed(std::string_view key, std::string_view text) {
    std::array<std::uint8_t, kHashBytes> digest{};
    blake2b(digest, key, text);
    std::string hash = "h:" + std::string(json_text::hex_bound(kHashBytes), '0');
    json_text::write_hex(hash.data() + 2, digest);
    return hash;
}

/// Characters are code points.
std::string masked(std::string_view text) {
    const auto begins_character = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
    const auto characters = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
    if (characters < kMaskedFrom) return "***";
    std::size_t at = text.size();
    for (std::size_t left = kLeftByMask; left != 0 && at != 0;)
        if (begins_character(text[--at])) --left;
    return "***" + std::string(text.substr(at));
}

Wanted wanted_of(const Redaction& redaction) {
    Wanted wanted;
    wanted.tokens = redaction.detects(Detect::tokens);
    wanted.emails = redaction.detects(Detect::emails);
    wanted.cards = redaction.detects(Detect::cards);
    wanted.ibans = redaction.detects(Detect::ibans);
    return wanted;
}

const char* verb_of(Redaction::Action action) {
    switch (action) {
        case Redaction::Action::remove:
            return "remove ";
        case Redaction::Action::mask:
            return "mask ";
        case Redaction::Action::hash:
            return "hash ";
        default:
            return "allow ";
    }
}

}  // namespace

Redactor::Redactor(const Redaction& redaction, Missing missing)
    : rules_{"defaults", "urls", "tokens", "emails", "cards", "ibans"},
      defaults_(redaction.has_defaults()),
      by_detect_(wanted_of(redaction)),
      wanted_(by_detect_) {
    if (defaults_) wanted_.parameters = wanted_.tokens = true;
    looks_at_texts_ = !wanted_.none();
    for (const Redaction::Rule& rule : redaction.rules()) {
        if (rule.action == Redaction::Action::allow) {
            allowed_.emplace_back(rule.pattern);
            continue;
        }
        Pattern pattern{KeyPattern(rule.pattern), rule.action, {}, false};
        if (rule.action == Redaction::Action::hash) {
            try {
                pattern.secret = hash_key(rule.secret.reveal());
                if (pattern.secret.empty()) throw std::runtime_error("its secret is empty");
            } catch (const std::runtime_error& failure) {
                if (missing == Missing::refused)
                    throw std::invalid_argument("Options::redact cannot hash \"" + rule.pattern +
                                                "\": " + failure.what());
                pattern.no_secret = true;
            }
        }
        rules_.push_back(verb_of(rule.action) + rule.pattern);
        patterns_.push_back(std::move(pattern));
    }
}

KeyDecision Redactor::of(std::string_view key) const {
    using Action = KeyDecision::Action;
    KeyDecision decision;
    if (!looks_at_keys()) return decision;
    const std::string key_folded = folded(key);
    const auto matches = [&](const auto& pattern) { return pattern.matches(key_folded); };
    decision.exempt = std::any_of(allowed_.begin(), allowed_.end(), matches);
    for (const Pattern& pattern : patterns_) {
        if (!pattern.keys.matches(key_folded)) continue;
        decision.rule = static_cast<std::uint16_t>(kFirstPattern + (&pattern - patterns_.data()));
        decision.action = pattern.action == Redaction::Action::mask                         ? Action::mask
                          : pattern.action == Redaction::Action::hash && !pattern.no_secret ? Action::hash
                                                                                            : Action::remove;
        return decision;
    }
    if (defaults_ && !decision.exempt && is_secret_name(key_folded)) {
        decision.rule = kDefaults;
        decision.action = Action::remove_text;
    }
    return decision;
}

bool Redactor::is_secret_parameter(std::string_view key) const {
    return is_secret_name(key) && std::none_of(allowed_.begin(), allowed_.end(),
                                               [&](const KeyPattern& pattern) { return pattern.matches(key); });
}

bool Redactor::redact(std::string& text, bool exempt, Taken& taken) const {
    const std::size_t before = taken.values();
    const auto replace = [&](bool wanted, std::size_t rule, const auto& how) {
        if (!wanted) return;
        if (const std::uint32_t found = how(text); found != 0) taken.count(rule, found);
    };
    const Wanted& wanted = exempt ? by_detect_ : wanted_;
    replace(wanted.parameters, kUrls, [this](std::string& all) {
        return replace_parameters(all, [this](std::string_view key) { return is_secret_parameter(key); });
    });
    replace(wanted.tokens, kTokens, replace_tokens);
    replace(wanted.cards, kCards, replace_cards);
    replace(wanted.ibans, kIbans, replace_ibans);
    replace(wanted.emails, kEmails, replace_emails);
    return taken.values() != before;
}

std::string Redactor::redacted(std::string_view text) const {
    std::string result(text);
    Taken uncounted;
    if (suspects(text)) redact(result, false, uncounted);
    return result;
}

std::string Redactor::changed(const KeyDecision& decision, std::string_view text, Taken& taken) const {
    taken.count(decision.rule);
    if (decision.action == KeyDecision::Action::mask) return masked(text);
    return hashed(patterns_[decision.rule - kFirstPattern].secret, text);
}

void Redactor::count_removed(const KeyDecision& decision, Taken& taken) const {
    taken.count(decision.rule);
    if (decision.rule >= kFirstPattern && patterns_[decision.rule - kFirstPattern].no_secret) taken.count_not_hashed();
}

}  // namespace wideline::redaction
