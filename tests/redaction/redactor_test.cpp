// What is found inside texts. Secrets here are made up, and put together so that no scanner of repositories finds them.
#include "redaction/redactor.hpp"

#include <array>
#include <cstdlib>
#include <optional>
#include <random>
#include <regex>
#include <string>
#include <vector>

#include "catch.hpp"
#include "redaction/detectors.hpp"
#include "redaction/redacted_json.hpp"

using namespace wideline;
using redaction::Redactor;
using redaction::Taken;

namespace {

const Redaction kAll = Redaction{}.detect({Detect::emails, Detect::cards, Detect::tokens, Detect::ibans});

std::string of(std::string_view text, const Redaction& redaction = kAll) { return Redactor(redaction).redacted(text); }

const std::string kJwt =
    std::string("eyJhbGciOiJIUzI1NiJ9") + ".eyJzdWIiOiIxMjM0NTY3ODkwIn0" + ".dozjgNryP4J3jVmNHl0w5N_XgL0n";
const std::string kGithub = std::string("ghp") + "_0123456789abcdefghijABCDEFGHIJ456789";
const std::string kPem =
    std::string("-----BEGIN RSA PRIV") + "ATE KEY-----\nMIIEpAIBAAKCAQEA7\nabc=\n-----END RSA PRIVATE KEY-----";

}  // namespace

TEST_CASE("Parameters with a secret's name and passwords in URLs lose their value, and all else stays") {
    const Redaction defaults;
    CHECK(of("https://shop.example/reset?token=abc123&lang=de#top", defaults) ==
          "https://shop.example/reset?token=***&lang=de#top");
    CHECK(of("lang=de&password=hunter2", defaults) == "lang=de&password=***");
    CHECK(of("pwd=x", defaults) == "pwd=***");
    CHECK(of("https://x/#access_token=abc&state=1", defaults) == "https://x/#access_token=***&state=1");
    CHECK(of("pass%77ord=x&user[password]=y&token[]=z", defaults) == "pass%77ord=***&user[password]=***&token[]=***");
    CHECK(of("theme=dark; session_id=8f2e1b7a; lang=de", defaults) == "theme=dark; session_id=***; lang=de");
    CHECK(of("login failed: password=\"two words\" user=x", defaults) == "login failed: password=*** user=x");
    CHECK(of("postgres://app:s3cr3t@db:5432/shop", defaults) == "postgres://app:***@db:5432/shop");
    CHECK(of("redis://:s3cr3t@cache/0", defaults) == "redis://:***@cache/0");
    CHECK(of("mysql://app:a/b#c@db/shop", defaults) == "mysql://app:***@db/shop");
    CHECK(of("amqp://a:b@one/x, amqp://c:d@two/y", defaults) == "amqp://a:***@one/x, amqp://c:***@two/y");
    for (const char* const plain :
         {"https://shop.example:8443/a?page=2&sort=price", "http://[::1]:80/a@b", "a=b", "x == y", "max-age=3600",
          "https://host:80/mail@example", "token=", "SELECT * FROM users WHERE token = ?", "tokens=7", "=", "==="})
        CHECK(of(plain, defaults) == plain);
    CHECK(of("csrf_token=abc&token=def", Redaction{}.allow("csrf_token")) == "csrf_token=abc&token=***");
    CHECK(of("token=abc", Redaction::none()) == "token=abc");
}

TEST_CASE("Tokens are found by their shape in the middle of any text") {
    const Redaction defaults;
    CHECK(of("got " + kJwt + ", thanks", defaults) == "got [token], thanks");
    CHECK(of("Authorization: Bearer abcdef0123456789", defaults) == "Authorization: Bearer [token]");
    CHECK(of("bearer a1b2c3d4", defaults) == "bearer [token]");
    CHECK(of("BEARER  AbCdEfGhIjKlMnOpQrStUv.~+/==", defaults) == "BEARER  [token]");
    CHECK(of("key " + std::string("AKIA") + "IOSFODNN7EXAMPLE is used", defaults) == "key [token] is used");
    CHECK(of(kGithub, defaults) == "[token]");
    CHECK(of("https://" + kGithub + "@github.com/a/b", defaults) == "https://[token]@github.com/a/b");
    CHECK(of(std::string("github_") + "pat_11ABCDEFG0123456789abcdef_xyz", defaults) == "[token]");
    CHECK(of(std::string("glp") + "at-ABCDEFGHIJ0123456789", defaults) == "[token]");
    CHECK(of(std::string("xox") + "b-123456789012-abcdefghij", defaults) == "[token]");
    CHECK(of(std::string("sk_l") + "ive_0123456789abcdefghij", defaults) == "[token]");
    CHECK(of("key:\n" + kPem + "\nend", defaults) == "key:\n[token]\nend");
    CHECK(of(kPem.substr(0, 60), defaults) == "[token]");  // cut by a limit
    for (const std::string plain :
         {"the bearer of this letter", "Bearer token missing", "eyJust a word.and another", "AKIA", "ghp_short",
          "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----", "new_checkout_flow_with_a_long_name",
          "8f14e45f-ceea-4671-9f7d-b4f9d1c0a1b2", "----------------------------------"})
        CHECK(of(plain, defaults) == plain);
}

TEST_CASE("Cards, accounts and addresses are found, order numbers stay") {
    CHECK(of("paid with 4111 1111 1111 1111.") == "paid with [card 1111].");
    CHECK(of("3782 822463 10005") == "[card 0005]");
    CHECK(of("5500-0055-5555-5559") == "[card 5559]");
    CHECK(of("4111 1111 1111 1111 123") == "[card 1111] 123");
    CHECK(of("378282246310005") == "[card 0005]");
    CHECK(of("to DE89 3704 0044 0532 0130 00, please") == "to [iban], please");
    CHECK(of("GB82WEST12345698765432") == "[iban]");
    CHECK(of("gb82 west 1234 5698 7654 32") == "[iban]");
    CHECK(of("mail ann.o'neil+x@mail.example.org now") == "mail [email] now");
    CHECK(of("<bob@example.com>") == "<[email]>");
    CHECK(of("a@b.co") == "[email]");
    CHECK(of("x@example.com, y@example.com") == "[email], [email]");
    CHECK(of("/u?mail=bob%40example.com&x=1") == "/u?mail=[email]&x=1");
    CHECK(of("j\xC3\xBCrgen@m\xC3\xBCller.de") == "[email]");
    for (const std::string plain :
         {"4111 1111 1111 1112", "01934567-4111-1111-1111-111111111111", "41111111-1111-1111", "order 1234567890123456",
          "1700000000000000000", "a4111111111111111", "user@host", "@decorator", "DE89 3704 0044 0532 0130 01",
          "x@1.2.3.4", "git@", "2026-11-27T08:03:42.123456Z", "4111111111111111222233334444"})
        CHECK(of(plain) == plain);
}

namespace {

bool plain_luhn(const std::string& digits) {
    int sum = 0;
    bool twice = false;
    for (auto at = digits.rbegin(); at != digits.rend(); ++at, twice = !twice) {
        const int value = (*at - '0') * (twice ? 2 : 1);
        sum += value / 10 + value % 10;
    }
    return sum % 10 == 0;
}

/// Of a text of digits alone.
bool is_plain_card(const std::string& digits) {
    static const std::regex kIssued(
        "4(\\d{12}|\\d{15}|\\d{18})|5[1-5]\\d{14}|(222[1-9]|22[3-9]\\d|2[3-6]\\d\\d|27[01]\\d|2720)\\d{12}|3[47]\\d{13}"
        "|"
        "(30[0-5]|36\\d|38\\d|39\\d)(\\d{11}|\\d{13})|(6011|65\\d\\d|64[4-9]\\d|35\\d\\d|62\\d\\d|81\\d\\d)\\d{12,15}|"
        "(50|56|57|58|60|61|63|64|66|67|68|69)(\\d{14}|\\d{16}|\\d{17})");
    return std::regex_match(digits, kIssued) && plain_luhn(digits);
}

/// How many strings the random tests try: more in long runs.
int tries() {
    const char* const said = std::getenv("WIDELINE_REDACTION_STRINGS");
    return said != nullptr ? std::atoi(said) : 20'000;
}

}  // namespace

TEST_CASE("Cards in random digits are those that a plain model finds", "[redaction]") {
    std::mt19937_64 random(7);
    int cards = 0;
    for (int i = 0; i < tries(); ++i) {
        std::string digits;
        const char* const kBegin[] = {"4", "51", "2221", "34", "30", "36", "6011", "65", "35", "62", "50", "9", "1"};
        digits = kBegin[random() % std::size(kBegin)];
        for (std::size_t size = 12 + random() % 9; digits.size() < size;)
            digits += static_cast<char>('0' + random() % 10);
        const bool card = is_plain_card(digits);
        cards += card ? 1 : 0;
        INFO(digits);
        REQUIRE((of("n " + digits + ".", Redaction::none().detect({Detect::cards})) != "n " + digits + ".") == card);
    }
    CHECK(cards > tries() / 100);
}

TEST_CASE("The quick look at a text misses nothing that the slow one takes", "[redaction]") {
    std::mt19937_64 random(11);
    const std::vector<std::string> pieces = {"token=",
                                             "&",
                                             "=",
                                             "@",
                                             "://",
                                             ":",
                                             "u:p@h",
                                             "password=x",
                                             kJwt,
                                             "Bearer ",
                                             "a1b2c3d4e5",
                                             "bearer a1b2c3d4",
                                             std::string("AKIA") + "IOSFODNN7EXAMPLE",
                                             kGithub,
                                             kPem,
                                             std::string("xox") + "b-123456789012-abcdefghij",
                                             " ",
                                             "x",
                                             "-",
                                             "_",
                                             "4111111111111111",
                                             "GB82WEST12345698765432",
                                             "a@b.co",
                                             "%40",
                                             "\n",
                                             "\"",
                                             "pwd=1",
                                             "word ",
                                             "\xC3\xBC",
                                             std::string("glp") + "at-ABCDEFGHIJ0123456789",
                                             std::string("sk_l") + "ive_0123456789abcdefghij",
                                             std::string("AI") + "zaSyA0123456789abcdefghijABCDEFGHI",
                                             std::string("github_") + "pat_11ABCDEFG0123456789abcdef"};
    for (const Redaction& redaction : {Redaction{}, kAll}) {
        const Redactor redactor(redaction);
        for (int i = 0; i < tries(); ++i) {
            std::string text;
            for (std::size_t parts = 1 + random() % 4; parts != 0; --parts) {
                text += pieces[random() % pieces.size()];
                for (std::size_t more = random() % 20; more != 0 && random() % 2 == 0; --more)
                    text += static_cast<char>(' ' + random() % 95);
            }
            std::string slow = text;
            Taken taken;
            if (!redactor.redact(slow, false, taken)) continue;
            INFO(text);
            REQUIRE(redactor.suspects(text));
            // What was put in its place is not taken again and again: a second time the text grows by one mark at most.
            std::string again = slow;
            redactor.redact(again, false, taken);
            REQUIRE((again == slow || again.size() <= slow.size() + 8));
        }
    }
}

TEST_CASE("Masks leave the last four characters of long texts, hashes are equal for equal values") {
    const Redactor redactor(Redaction::none().mask("phone").hash("mail", secret("pepper")));
    Taken taken;
    const auto changed = [&](std::string_view key, std::string_view text) {
        return redactor.changed(redactor.of(key), text, taken);
    };
    CHECK(changed("phone", "+49 170 1234567") == "***4567");
    CHECK(changed("phone", "12345678901") == "***");
    CHECK(changed("phone",
                  "\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4") ==
          "***\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4");
    // Python: hashlib.blake2b(b"ann@example.com", key=b"pepper", digest_size=16).hexdigest()
    CHECK(changed("mail", "ann@example.com") == "h:c851171f41478cfaf47885a5660bf2a8");
    CHECK(changed("mail", "ann@example.com") != changed("mail", "bob@example.com"));
    CHECK(Redactor(Redaction::none().hash("mail", secret("salt")))
              .changed({redaction::KeyDecision::Action::hash, false, 6}, "ann@example.com", taken) !=
          changed("mail", "ann@example.com"));
    CHECK(taken.values() == 8);
}

TEST_CASE("A hash without its secret does not start, or removes, but never lets the value through") {
    CHECK_THROWS_AS(Redactor(Redaction{}.hash("mail", secret_from_env("WIDELINE_NO_SUCH_SECRET"))),
                    std::invalid_argument);
    CHECK_THROWS_AS(Redaction{}.hash("mail", {}), std::invalid_argument);
    CHECK_THROWS_AS(Redaction{}.remove(""), std::invalid_argument);
    const Redactor lenient(Redaction{}.hash("mail", secret_from_env("WIDELINE_NO_SUCH_SECRET")),
                           Redactor::Missing::removed);
    Taken taken;
    REQUIRE(lenient.of("mail").action == redaction::KeyDecision::Action::remove);
    lenient.count_removed(lenient.of("mail"), taken);
    CHECK(taken.not_hashed() == 1);
}

TEST_CASE("Objects are redacted at every depth, by key and by text, behind JSON's escapes too") {
    const Redactor redactor(Redaction{kAll}.remove("**.ssn").mask("user.phone").allow("csrf_token"));
    Taken taken;
    const auto rewritten = [&](std::string_view json, std::string_view key) {
        return redaction::redacted_json(redactor, json, redactor.of(key), key, taken);
    };
    CHECK(rewritten(R"({"a":{"password":"x","n":1,"token":7,"secret":[1]},"ssn":5,"k":"v"})", "user") ==
          R"({"a":{"n":1,"token":7},"k":"v"})");
    CHECK(rewritten(R"(["a",{"apiKey":"x"},"url?token=1\u0032\"&b=c"])", "list") ==
          R"(["a",{},"url?token=***\"&b=c"])");
    CHECK(rewritten(R"({"phone":["+49 170 1234567",5],"csrf_token":"keep"})", "user") ==
          R"({"phone":["***4567","***"],"csrf_token":"keep"})");
    CHECK(rewritten(R"({"ann@example.com":1,"bob@example.com":2,"x":3})", "seen") ==
          R"({"[email]":1,"[email] 2":2,"x":3})");
    CHECK(rewritten(R"({"\u0070assword":"x","t":"to\u006Ben=x"})", "o") == R"({"t":"token=***"})");
    CHECK(rewritten(R"("ann\u0040example.com a")", "o") == R"("[email] a")");
    CHECK(rewritten("{\"a\":", "o") == "null");
    std::string deep = "\"token=x\"";
    for (int i = 0; i < 40; ++i) deep = "[" + deep + "]";
    CHECK(rewritten(deep, "o").find("token=***") != std::string::npos);
}
