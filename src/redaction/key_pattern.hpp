// Which keys a pattern means, and which names are those of secrets.
#pragma once

#include <string>
#include <string_view>

namespace wideline::redaction {

/// A key as patterns compare it: ASCII letters in lower case, `-` as `_`.
[[nodiscard]] std::string folded(std::string_view key);

/// A glob, as <wideline/redaction.hpp> describes it.
class KeyPattern {
public:
    explicit KeyPattern(std::string_view pattern);

    /// `key` is folded.
    [[nodiscard]] bool matches(std::string_view key) const noexcept;

private:
    std::string glob_;
};

/// Whether the last part of a folded key is or ends in the name of a secret.
[[nodiscard]] bool is_secret_name(std::string_view key) noexcept;

}  // namespace wideline::redaction
