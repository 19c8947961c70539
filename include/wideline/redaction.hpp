// Redaction: what must not reach a file, a wire or a terminal. docs/privacy.md says what is promised and what is not.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <wideline/export.hpp>
#include <wideline/secret.hpp>
#include <wideline/text.hpp>

namespace wideline {

/// What is looked for inside texts.
enum class Detect : std::uint8_t {
    emails,  ///< becomes `[email]`
    cards,   ///< payment cards: their issuer's length, and a valid check digit (Luhn); becomes `[card 1111]`
    tokens,  ///< JWT, Bearer, AWS, GitHub, GitLab, Slack, Stripe and Google keys, PEM private keys; becomes `[token]`
    ibans,   ///< bank accounts: their country's length, and valid check digits (mod 97); becomes `[iban]`
};

/// What is taken out of each event before any sink sees it. A plain value, made at set-up and given to
/// `Options::redact`; changing it afterwards changes nothing. It is applied by the pipeline's thread: a request pays
/// nothing, and the sampler, `enrich` and `error_when` see the true values.
///
///     Redaction{}.remove("*.ssn").mask("user.phone").hash("user.email", secret_from_env("LOG_PEPPER"))
///                .detect({Detect::emails, Detect::cards}).allow("csrf_token.present")
///
/// A pattern is a glob over a field's dotted key, without regard to case, and `-` is the same as `_`. `*` stands for
/// any characters within a part, `**` for any characters. A pattern without a dot means the last part of any key:
/// `phone` is `phone`, `user.phone` and `order.customer.phone`. Keys in nested objects count as parts of the key. The
/// first pattern that matches decides, in the order of the calls. Patterns apply to `error.*` too, but not to the other
/// fields that the library stamps.
///
/// Defaults, for keys that no pattern matches:
/// - A text, array or object is removed if the last part of its key is or ends in a name like `password`, `secret`,
///   `token`, `authorization`, `cookie`, `api_key`, `private_key`, `session_id` (docs/privacy.md lists them). Numbers
///   and bools stay.
/// - In every text, parameters of such names (`token=…`) lose their value, and so does the password that a URL has
/// before
///   its host. It becomes `***`.
/// - In every text, tokens are replaced as by Detect::tokens.
///
/// Each call throws std::invalid_argument with a sentence that names the value, and leaves the object as it was: for a
/// pattern that is empty or longer than 1,024 bytes, a hash without a secret, more than 1,000 patterns.
class WIDELINE_EXPORT Redaction {
public:
    /// The defaults.
    Redaction() = default;
    /// Nothing is taken, unless a call below says so.
    [[nodiscard]] static Redaction none();

    /// Leaves the field out.
    Redaction& remove(Text pattern) &;
    [[nodiscard]] Redaction remove(Text pattern) &&;

    /// Writes `***`, and after it the last four characters if there are twelve or more. Each item of an array and each
    /// value of an object is masked by itself.
    Redaction& mask(Text pattern) &;
    [[nodiscard]] Redaction mask(Text pattern) &&;

    /// Writes `h:` and 32 hexadecimal digits: BLAKE2b (16 bytes), keyed by the secret, of the value's text. Equal
    /// values have equal hashes, so they can still be counted and joined. A secret longer than 64 bytes is replaced by
    /// its BLAKE2b (64 bytes). The secret is read when the recorder starts, which throws if it is not there.
    Redaction& hash(Text pattern, Secret secret) &;
    [[nodiscard]] Redaction hash(Text pattern, Secret secret) &&;

    /// Looks for these in every text, in addition to what was named before.
    Redaction& detect(std::vector<Detect> what) &;
    [[nodiscard]] Redaction detect(std::vector<Detect> what) &&;

    /// The defaults do not apply to the field, nor to parameters of that name. What `remove`, `mask`, `hash` and
    /// `detect` say still does.
    Redaction& allow(Text pattern) &;
    [[nodiscard]] Redaction allow(Text pattern) &&;

    enum class Action : std::uint8_t { remove, mask, hash, allow };
    struct Rule {
        Action action = Action::remove;
        std::string pattern;
        Secret secret{};  ///< Of a hash.
    };
    /// In the order of the calls.
    [[nodiscard]] std::span<const Rule> rules() const noexcept { return rules_; }
    [[nodiscard]] bool has_defaults() const noexcept { return defaults_; }
    /// Whether `detect` named it.
    [[nodiscard]] bool detects(Detect what) const noexcept {
        return ((detects_ >> static_cast<unsigned>(what)) & 1) != 0;
    }
    /// For the library, which reads rules back that were checked before.
    void add_unchecked(Rule rule) { rules_.push_back(std::move(rule)); }
    /// Changes the secrets of hashes: `secret_of` is given each of those rules.
    template <class SecretOf>
    void replace_secrets(SecretOf secret_of) {
        for (Rule& rule : rules_)
            if (rule.action == Action::hash) rule.secret = secret_of(std::as_const(rule));
    }

private:
    void add(Action action, Text pattern, Secret secret);

    std::vector<Rule> rules_;
    std::uint8_t detects_ = 0;
    bool defaults_ = true;
};

}  // namespace wideline
