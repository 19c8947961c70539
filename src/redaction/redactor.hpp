// A Redaction made ready: which keys and which texts are changed, and how.
//
//     Redaction ──► Redactor ──┬─ of(key)          once for each key: leave out, mask, hash, or keep
//                              ├─ suspects(text)   of every text: quick, mostly false
//                              ├─ redact(text)     of those that may hold something
//                              └─ redacted_json()  of arrays, objects and notes (redacted_json.hpp)
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <wideline/redaction.hpp>

#include "redaction/key_pattern.hpp"
#include "redaction/suspicion.hpp"

namespace wideline::redaction {

/// The values that were taken: of each, the number of the rule that took it.
class Taken {
public:
    void count(std::size_t rule, std::size_t values = 1) {
        rules_.insert(rules_.end(), values, static_cast<std::uint16_t>(rule));
    }
    void count_not_hashed() noexcept { ++not_hashed_; }
    void add(const Taken& more) {
        rules_.insert(rules_.end(), more.rules_.begin(), more.rules_.end());
        not_hashed_ += more.not_hashed_;
    }
    void clear() noexcept {
        rules_.clear();
        not_hashed_ = 0;
    }
    /// Forgets the newest ones, until there are as many as before.
    void go_back(std::size_t values, std::uint64_t not_hashed) noexcept {
        rules_.resize(values);
        not_hashed_ = not_hashed;
    }

    [[nodiscard]] std::size_t values() const noexcept { return rules_.size(); }
    [[nodiscard]] std::span<const std::uint16_t> rules() const noexcept { return rules_; }
    /// How many of them were removed for want of a secret.
    [[nodiscard]] std::uint64_t not_hashed() const noexcept { return not_hashed_; }

private:
    std::vector<std::uint16_t> rules_;
    std::uint64_t not_hashed_ = 0;
};

/// What becomes of a key's value.
struct KeyDecision {
    enum class Action : std::uint8_t { keep, remove, remove_text, mask, hash };
    Action action = Action::keep;
    bool exempt = false;     ///< the defaults do not apply
    std::uint16_t rule = 0;  ///< which counts it

    [[nodiscard]] bool keeps() const noexcept { return action == Action::keep; }
    /// Whether each text and number becomes another one.
    [[nodiscard]] bool changes() const noexcept { return action == Action::mask || action == Action::hash; }
};

/// Never changed once it is made: any number of threads. What they count is theirs.
class Redactor {
public:
    /// What to do with a hash whose secret cannot be had: a recorder does not start; a recovery removes the value.
    enum class Missing : std::uint8_t { refused, removed };

    /// Reads the secrets. Throws std::invalid_argument if one is refused, and std::bad_alloc.
    explicit Redactor(const Redaction& redaction, Missing missing = Missing::refused);

    /// `key` as it was written.
    [[nodiscard]] KeyDecision of(std::string_view key) const;
    /// Whether keys within objects, even those that the library writes itself, may be decided on.
    [[nodiscard]] bool has_patterns() const noexcept { return !patterns_.empty(); }
    [[nodiscard]] bool looks_at_keys() const noexcept { return defaults_ || has_patterns(); }

    [[nodiscard]] bool suspects(std::string_view text) const noexcept {
        return looks_at_texts_ && may_hold(text, wanted_);
    }
    /// Replaces what is found in the text. False if nothing was. `exempt`: as of a KeyDecision.
    bool redact(std::string& text, bool exempt, Taken& taken) const;
    /// The same, for what nobody counts: a request's name among totals.
    [[nodiscard]] std::string redacted(std::string_view text) const;
    /// What a value of a key that is masked or hashed becomes.
    [[nodiscard]] std::string changed(const KeyDecision& decision, std::string_view text, Taken& taken) const;

    /// Counts a value that is left out.
    void count_removed(const KeyDecision& decision, Taken& taken) const;

    /// For people: "defaults", "urls", "tokens", "emails", "cards", "ibans", then "remove *.ssn" and so on.
    [[nodiscard]] const std::vector<std::string>& rules() const noexcept { return rules_; }

private:
    struct Pattern {
        KeyPattern keys;
        Redaction::Action action;
        std::string secret;      // as the hash's key
        bool no_secret = false;  // removed instead
    };

    [[nodiscard]] bool is_secret_parameter(std::string_view key) const;

    std::vector<Pattern> patterns_;  // without the next ones; their rules come after the library's, in this order
    std::vector<KeyPattern> allowed_;
    std::vector<std::string> rules_;
    bool defaults_;
    Wanted by_detect_;
    Wanted wanted_;  // by the defaults too
    bool looks_at_texts_;
};

}  // namespace wideline::redaction
