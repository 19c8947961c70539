#include "redaction/key_pattern.hpp"

#include <random>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace wideline::redaction;

namespace {

/// By trying everything.
bool plain_match(std::string_view pattern, std::string_view key) {
    if (pattern.empty()) return key.empty();
    if (pattern.starts_with("**")) {
        for (std::size_t taken = 0; taken <= key.size(); ++taken)
            if (plain_match(pattern.substr(2), key.substr(taken))) return true;
        return false;
    }
    if (pattern.front() == '*') {
        for (std::size_t taken = 0; taken <= key.size(); ++taken) {
            if (plain_match(pattern.substr(1), key.substr(taken))) return true;
            if (taken < key.size() && key[taken] == '.') return false;
        }
        return false;
    }
    return !key.empty() && key.front() == pattern.front() && plain_match(pattern.substr(1), key.substr(1));
}

bool matches(std::string_view pattern, std::string_view key) { return KeyPattern(pattern).matches(folded(key)); }

}  // namespace

TEST_CASE("A pattern means the keys that its author thinks of") {
    CHECK(matches("user.email", "user.email"));
    CHECK(matches("user.email", "User.E-mail") == false);
    CHECK(matches("user.e_mail", "USER.e-mail"));
    CHECK_FALSE(matches("user.email", "order.user.email"));
    CHECK(matches("phone", "phone"));
    CHECK(matches("phone", "order.customer.phone"));
    CHECK_FALSE(matches("phone", "phone.kind"));
    CHECK_FALSE(matches("phone", "telephone"));
    CHECK(matches("*phone", "user.telephone"));
    CHECK(matches("*.ssn", "user.ssn"));
    CHECK_FALSE(matches("*.ssn", "order.user.ssn"));
    CHECK_FALSE(matches("*.ssn", "ssn"));
    CHECK(matches("**.ssn", "ssn"));
    CHECK(matches("**.ssn", "order.user.ssn"));
    CHECK(matches("http.request.header.*", "http.request.header.x-auth"));
    CHECK_FALSE(matches("http.request.header.*", "http.request.header.x.auth"));
    CHECK(matches("http.**", "http.request.header.x"));
    CHECK(matches("**", "anything.at.all"));
}

TEST_CASE("Patterns match as one that tries everything does") {
    std::mt19937 random(20261127);
    const auto text = [&](std::string_view letters, std::size_t most) {
        std::string made;
        for (std::size_t size = 1 + random() % most; size != 0; --size) made += letters[random() % letters.size()];
        return made;
    };
    for (int i = 0; i < 50'000; ++i) {
        std::string pattern = text("ab.*", 8) + "." + text("ab.*", 4);  // one with a dot is of the whole key
        for (std::size_t at; (at = pattern.find("***")) != std::string::npos;) pattern.erase(at, 1);
        const std::string key = text("ab.", 10);
        const bool itself = pattern.starts_with("**.") && plain_match(pattern.substr(3), key);
        INFO(pattern << ' ' << key);
        REQUIRE(matches(pattern, key) == (itself || plain_match(pattern, key)));
    }
}

TEST_CASE("Names of secrets are known however they are written, and counts of tokens are not secrets' names") {
    for (const char* const key : {"password",
                                  "db.password",
                                  "db_password",
                                  "userPassword",
                                  "PASSWD",
                                  "client_secret",
                                  "csrf_token",
                                  "csrf-token",
                                  "accessToken",
                                  "http.request.header.authorization",
                                  "proxy-authorization",
                                  "http.request.header.cookie",
                                  "set-cookie",
                                  "api_key",
                                  "apiKey",
                                  "x-api-key",
                                  "private_key",
                                  "session_id",
                                  "sessionId",
                                  "aws_secret_access_key"}) {
        INFO(key);
        CHECK(is_secret_name(folded(key)));
    }
    for (const char* const key : {"token.count", "tokens_used", "secretary", "cookie.present", "authorization.kind",
                                  "session.id", "key", "user.id", "cache.key", "passwords_changed", "tokenizer"}) {
        INFO(key);
        CHECK_FALSE(is_secret_name(folded(key)));
    }
}
