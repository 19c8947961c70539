#include "redaction/key_pattern.hpp"

#include <algorithm>

namespace wideline::redaction {
namespace {

/// docs/privacy.md lists them.
constexpr std::string_view kSecretNames[] = {
    "password",    "passwords",      "passwd",     "passphrase", "pwd",         "secret",
    "secrets",     "secret_key",     "secretkey",  "token",      "jwt",         "authorization",
    "auth_header", "cookie",         "cookies",    "set_cookie", "credential",  "credentials",
    "api_key",     "apikey",         "access_key", "accesskey",  "private_key", "privatekey",
    "signing_key", "encryption_key", "session_id", "sessionid",  "session_key"};

/// Of `pattern` from `p` and `key` from `k` on. Steps back to the last star only: what an earlier star took can stay as
/// it is, but for a `*` before a dot, where the last `**` is tried again.
bool glob_matches(std::string_view pattern, std::string_view key) noexcept {
    constexpr std::size_t kNone = std::string_view::npos;
    std::size_t p = 0;
    std::size_t k = 0;
    std::size_t star = kNone, star_key = 0;    // after the last `*`, and how far it reaches
    std::size_t stars = kNone, stars_key = 0;  // the same of the last `**`
    for (;;) {
        if (p < pattern.size() && pattern[p] == '*') {
            const bool over_parts = p + 1 < pattern.size() && pattern[p + 1] == '*';
            while (p < pattern.size() && pattern[p] == '*') ++p;
            if (over_parts) {
                stars = p;
                stars_key = k;
                star = kNone;
            } else {
                star = p;
                star_key = k;
            }
            continue;
        }
        if (k == key.size() && p == pattern.size()) return true;
        if (k < key.size() && p < pattern.size() && pattern[p] == key[k]) {
            ++p;
            ++k;
            continue;
        }
        if (star != kNone && star_key < key.size() && key[star_key] != '.') {
            p = star;
            k = ++star_key;
        } else if (stars != kNone && stars_key < key.size()) {
            p = stars;
            k = ++stars_key;
            star = kNone;
        } else {
            return false;
        }
    }
}

}  // namespace

std::string folded(std::string_view key) {
    std::string text(key);
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
        if (c == '-') c = '_';
    }
    return text;
}

KeyPattern::KeyPattern(std::string_view pattern) : glob_(folded(pattern)) {}

bool KeyPattern::matches(std::string_view key) const noexcept {
    if (glob_.find('.') == std::string::npos && glob_.find("**") == std::string::npos)
        key.remove_prefix(key.rfind('.') + 1);  // npos + 1 is 0
    // `**.x` is x itself too.
    std::string_view glob = glob_;
    if (glob.starts_with("**.") && glob_matches(glob.substr(3), key)) return true;
    return glob_matches(glob, key);
}

bool is_secret_name(std::string_view key) noexcept {
    key.remove_prefix(key.rfind('.') + 1);
    return std::any_of(std::begin(kSecretNames), std::end(kSecretNames),
                       [&](std::string_view name) { return key.ends_with(name); });
}

}  // namespace wideline::redaction
