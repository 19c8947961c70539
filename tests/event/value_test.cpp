// Each kind of value comes out as the JSON that the design names.
#include <chrono>
#include <climits>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <limits>
#include <list>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "event/event_log.hpp"

using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace std::string_view_literals;
using event_test::EventLog;
using event_test::logged;

namespace payments {

enum class Plan { free, enterprise };
std::string_view name_of(Plan plan) { return plan == Plan::free ? "free" : "enterprise"; }

enum Currency { eur, usd };
const char* name_of(Currency currency) { return currency == eur ? "EUR" : "USD"; }

enum class Region : std::uint8_t { north };

struct Gateway {
    enum class State { open, shut };
    friend std::string name_of(State state) { return state == State::open ? "open" : "shut"; }
};

struct Address {
    std::string city;
    std::optional<int> zip;
};
void describe(wideline::FieldWriter& to, const Address& address) {
    to.set("city", address.city);
    to.set("zip", address.zip);
}

struct User {
    std::string name;
    Plan plan = Plan::free;
    Address address;
    std::vector<int> scores;
};
void describe(wideline::FieldWriter& to, const User& user) {
    to.set("name", user.name);
    to.set("plan", user.plan);
    to.set("address", user.address);
    to.set("scores", user.scores);
    to.set(wideline::runtime("at.run-time"), true);
}

/// Both: what it says of itself must not depend on where it stands.
struct Iban {
    std::string text;
    operator std::string_view() const { return text; }  // NOLINT
};
void describe(wideline::FieldWriter& to, const Iban& iban) {
    to.set("country", std::string_view(iban.text).substr(0, 2));
}
struct Account {
    Iban iban;
};
void describe(wideline::FieldWriter& to, const Account& account) { to.set("iban", account.iban); }

}  // namespace payments

namespace wideline {
std::string_view name_of(payments::Region) { return "north"; }
}  // namespace wideline

namespace {

EventLog& shared_log() {
    static EventLog log;
    return log;
}

/// A value's JSON text, byte for byte.
template <class T>
std::string text_of(const T& value) {
    const std::string line = shared_log().line([&] { wideline::set("v", value); });
    const std::size_t at = line.find("\"v\":");
    if (at == std::string::npos || line.back() != '}') return line;
    return line.substr(at + 4, line.size() - at - 5);
}

template <class T>
std::string lowest() {
    return std::to_string(std::numeric_limits<T>::lowest());
}
template <class T>
std::string highest() {
    return std::to_string(std::numeric_limits<T>::max());
}

template <class T>
void check_ends() {
    CHECK(text_of(std::numeric_limits<T>::lowest()) == lowest<T>());
    CHECK(text_of(std::numeric_limits<T>::max()) == highest<T>());
    CHECK(text_of(T{0}) == "0");
    CHECK(text_of(std::vector<T>{std::numeric_limits<T>::lowest(), std::numeric_limits<T>::max()}) ==
          "[" + lowest<T>() + "," + highest<T>() + "]");
}

template <class Duration>
std::chrono::sys_time<Duration> at(Duration since_1970) {
    return std::chrono::sys_time<Duration>(since_1970);
}

}  // namespace

TEST_CASE("A bool is true or false") {
    CHECK(text_of(true) == "true");
    CHECK(text_of(false) == "false");
    CHECK(text_of(std::vector<bool>{true, false, true}) == "[true,false,true]");
}

TEST_CASE("Every integer type is written exactly, to its ends") {
    check_ends<signed char>();
    check_ends<unsigned char>();
    check_ends<short>();
    check_ends<unsigned short>();
    check_ends<int>();
    check_ends<unsigned>();
    check_ends<long>();
    check_ends<unsigned long>();
    check_ends<long long>();
    check_ends<unsigned long long>();
}

TEST_CASE("A floating-point number reads back the same, and what JSON has no number for is null and counted") {
    CHECK(text_of(0.1) == "0.1");
    CHECK(text_of(-0.0) == "-0.0");
    CHECK(text_of(1.0) == "1.0");
    CHECK(text_of(1e300) == "1e+300");
    CHECK(text_of(0.5F) == "0.5");
    CHECK(text_of(0.25L) == "0.25");
    for (const double value : {5e-324, std::numeric_limits<double>::max(), 1.0 / 3, 9007199254740993.0, -1e-7})
        CHECK(std::strtod(text_of(value).c_str(), nullptr) == value);
    CHECK(std::stof(text_of(0.1F)) == 0.1F);

    const std::uint64_t before = shared_log().stats().not_finite;
    CHECK(text_of(std::nan("")) == "null");
    CHECK(text_of(std::numeric_limits<double>::infinity()) == "null");
    CHECK(text_of(-std::numeric_limits<float>::infinity()) == "null");
    CHECK(text_of(std::vector<double>{1.5, std::nan("")}) == "[1.5,null]");
    CHECK(shared_log().stats().not_finite == before + 4);
}

TEST_CASE("Every kind of string is text") {
    const char* pointer = "pointer";
    char array[] = "array";
    CHECK(text_of("literal") == "\"literal\"");
    CHECK(text_of(pointer) == "\"pointer\"");
    CHECK(text_of(array) == "\"array\"");
    CHECK(text_of("string"s) == "\"string\"");
    CHECK(text_of("view"sv) == "\"view\"");
    CHECK(text_of(u8"f\u00fcnf") == "\"f\u00fcnf\"");
    CHECK(text_of(std::u8string(u8"\u20ac")) == "\"\u20ac\"");
    CHECK(text_of(std::u8string_view(u8"\U0001f600")) == "\"\U0001f600\"");
    CHECK(text_of(""sv) == "\"\"");
    CHECK(text_of("a\0b"sv) == "\"a\\u0000b\"");
    CHECK(text_of("\"\\\n\x1f"sv) == "\"\\\"\\\\\\n\\u001f\"");
    CHECK(text_of(static_cast<const char*>(nullptr)) == "null");
    CHECK(text_of(static_cast<char*>(nullptr)) == "null");
    CHECK(text_of(static_cast<const char8_t*>(nullptr)) == "null");
    CHECK(text_of(std::vector<const char*>{"a", nullptr}) == "[\"a\",null]");
}

TEST_CASE("A duration is milliseconds, a double") {
    CHECK(text_of(1500us) == "1.5");
    CHECK(text_of(2s) == "2000.0");
    CHECK(text_of(1ns) == "1e-06");
    CHECK(text_of(52849ns) == "0.052849");
    CHECK(text_of(std::chrono::duration<long, std::pico>(1500)) == "2e-06");  // to the nanosecond
    CHECK(text_of(std::chrono::nanoseconds(9007199254740993)) == "9007199254.740993");
    CHECK(text_of(std::chrono::nanoseconds(-9007199255000000)) == "-9007199255.0");
    CHECK(text_of(std::chrono::nanoseconds::max()) == "9223372036854.775807");
    CHECK(text_of(std::chrono::duration<float>(0.1F)) == "100.0");
    CHECK(text_of(std::chrono::duration<double>(std::nan(""))) == "null");
    CHECK(text_of(std::chrono::duration<float>(0.25F)) == "250.0");
    CHECK(text_of(-3ms) == "-3.0");
    CHECK(text_of(std::chrono::hours::max()) != "null");
    CHECK(text_of(std::vector{1ms, 2ms}) == "[1.0,2.0]");
}

TEST_CASE("A time point of the system clock is RFC 3339 in UTC with microseconds") {
    CHECK(text_of(at(0s)) == "\"1970-01-01T00:00:00.000000Z\"");
    CHECK(text_of(at(1795471262123456us)) == "\"2026-11-23T22:01:02.123456Z\"");
    CHECK(text_of(at(1795471262123456999ns)) == "\"2026-11-23T22:01:02.123456Z\"");
    CHECK(text_of(at(-1us)) == "\"1969-12-31T23:59:59.999999Z\"");
    CHECK(text_of(at(-1ns)) == "\"1969-12-31T23:59:59.999999Z\"");
    CHECK(text_of(at(253402300799s)) == "\"9999-12-31T23:59:59.000000Z\"");
    CHECK(text_of(at(-62167219200s)) == "\"0000-01-01T00:00:00.000000Z\"");
    CHECK(text_of(at(std::chrono::days(20780))) == "\"2026-11-23T00:00:00.000000Z\"");
    CHECK(text_of(std::vector{at(0s)}) == "[\"1970-01-01T00:00:00.000000Z\"]");
    CHECK(text_of(at(std::chrono::duration<double>(0.5))) == "\"1970-01-01T00:00:00.500000Z\"");
}

TEST_CASE("A time that RFC 3339 cannot say is null and counted, whatever its clock counts in") {
    const std::uint64_t before = shared_log().stats().not_finite;
    CHECK(text_of(at(253402300800s)) == "null");
    CHECK(text_of(at(-62167219201s)) == "null");
    CHECK(text_of(std::chrono::sys_seconds::max()) == "null");
    CHECK(text_of(std::chrono::sys_seconds::min()) == "null");
    CHECK(text_of(at(std::chrono::hours(INT64_MAX))) == "null");
    CHECK(text_of(at(std::chrono::duration<double>(1e300))) == "null");
    CHECK(text_of(at(std::chrono::duration<double>(std::nan("")))) == "null");
    CHECK(text_of(std::vector{std::chrono::sys_seconds::max()}) == "[null]");
    CHECK(shared_log().stats().not_finite == before + 8);
}

TEST_CASE("An enum is its name, from beside the enum or from namespace wideline") {
    CHECK(text_of(payments::Plan::enterprise) == "\"enterprise\"");
    CHECK(text_of(payments::usd) == "\"USD\"");
    CHECK(text_of(payments::Region::north) == "\"north\"");
    CHECK(text_of(payments::Gateway::State::shut) == "\"shut\"");
    CHECK(text_of(std::vector{payments::Plan::free}) == "[\"free\"]");
    CHECK(text_of(std::optional(payments::Region::north)) == "\"north\"");
}

TEST_CASE("An optional is its value, or null when it is empty") {
    CHECK(text_of(std::optional<int>()) == "null");
    CHECK(text_of(std::optional<int>(7)) == "7");
    CHECK(text_of(std::optional<bool>(false)) == "false");
    CHECK(text_of(std::optional<std::string>("x")) == "\"x\"");
    CHECK(text_of(std::optional<std::vector<int>>({1, 2})) == "[1,2]");
    CHECK(text_of(std::optional<std::optional<int>>(std::optional<int>())) == "null");
    CHECK(text_of(nullptr) == "null");
    CHECK(text_of(std::vector<std::optional<int>>{1, std::nullopt}) == "[1,null]");
}

TEST_CASE("A range is an array, nested ones too") {
    const int numbers[] = {1, 2, 3};
    CHECK(text_of(numbers) == "[1,2,3]");
    CHECK(text_of(std::span<const int>(numbers)) == "[1,2,3]");
    CHECK(text_of(std::vector<int>{}) == "[]");
    CHECK(text_of(std::list<std::string>{"a", "b"}) == "[\"a\",\"b\"]");
    CHECK(text_of(std::set<std::string_view>{"b", "a"}) == "[\"a\",\"b\"]");
    CHECK(text_of(std::deque<float>{0.5F}) == "[0.5]");
    CHECK(text_of(std::vector<std::vector<int>>{{1}, {}, {2, 3}}) == "[[1],[],[2,3]]");
    CHECK(text_of(std::vector<std::vector<bool>>{{true}, {false}}) == "[[true],[false]]");
    CHECK(text_of(std::vector<std::vector<std::vector<std::string>>>{{{"x"}, {}}, {}}) == "[[[\"x\"],[]],[]]");
    CHECK(text_of(std::vector<nlohmann::json>{1, "two", nullptr}) == "[1,\"two\",null]");
    CHECK(text_of(std::vector<std::nullptr_t>{nullptr}) == "[null]");
}

TEST_CASE("An array of optionals holds as many items as any other") {
    wideline::Options options;
    options.limits.array_items = 4;
    EventLog log(options);
    const std::vector<std::optional<int>> four = {1, 2, 3, 4};
    const std::vector<std::optional<std::vector<int>>> nested = {{{1, 2, 3, 4}}, {{5}}, {{6}}, {{7}}};
    CHECK(log.fields([&] {
                 wideline::set("four", four);
                 wideline::set("nested", nested);
             })
              .dump() == R"({"four":[1,2,3,4],"nested":[[1,2,3,4],[5],[6],[7]]})");
}

TEST_CASE("A nlohmann::json is nested as it is") {
    const auto value = nlohmann::json::parse(
        R"({"a":[1,-2,1.5,true,null,"\u0000\"é"],"b":{"c":18446744073709551615,"d":-9223372036854775808,"e":{}},"f":[]})");
    CHECK(text_of(value) == value.dump());
    CHECK(text_of(nlohmann::json()) == "null");
    CHECK(text_of(nlohmann::json(std::nan(""))) == "null");
    CHECK(text_of(nlohmann::json("a\xff")) == "\"a\ufffd\"");
    CHECK(text_of(nlohmann::json::binary({1, 2})) == "null");
    CHECK(text_of(std::optional(nlohmann::json::object({{"k", 1}}))) == R"({"k":1})");
}

TEST_CASE("A described type becomes its fields, a nested one the fields of its fields") {
    const payments::User user{"Ada", payments::Plan::enterprise, {"London", std::nullopt}, {1, 2}};
    CHECK(logged([&] { wideline::set("user", user); }) ==
          R"({"user.name":"Ada","user.plan":"enterprise","user.address.city":"London","user.address.zip":null,)"
          R"("user.scores":[1,2],"user.at.run-time":true})");
    CHECK(logged([&] { wideline::set(wideline::runtime("who"), user.address); }) ==
          R"({"who.city":"London","who.zip":null})");
}

TEST_CASE("A described type is described wherever it stands, although it is text as well") {
    const payments::Account account{{"DE123"}};
    CHECK(logged([&] { wideline::set("iban", account.iban); }) == R"({"iban.country":"DE"})");
    CHECK(logged([&] { wideline::set("account", account); }) == R"({"account.iban.country":"DE"})");
}

TEST_CASE("A described type cannot write what the library stamps, nor names that are too long") {
    const payments::Address address{"x", 1};
    const std::string prefix(126, 'p');
    const auto fields = EventLog().fields([&] {
        wideline::set(wideline::runtime(prefix), address);  // prefix.city and prefix.zip are cut to 128 bytes
        wideline::set("service", payments::User{"forged", payments::Plan::free, {}, {}});
    });
    CHECK(fields.at(prefix + ".c") == "x");
    CHECK(fields.at(prefix + ".z") == 1);
    CHECK_FALSE(fields.contains("service.name"));
    CHECK(fields.at("service.plan") == "free");
    CHECK(fields.at("wideline.truncated") == 3);
}

TEST_CASE("A typed field takes what fits its type, and keeps the number that it was given") {
    static constexpr wideline::Field<std::string_view> kUser{"user.id"};
    static constexpr wideline::Field<std::int64_t> kItems{"items"};
    static constexpr wideline::Field<double> kPrice{"price"};
    static constexpr wideline::Field<bool> kPaid{"paid"};
    static constexpr wideline::Field<std::uint8_t> kSmall{"small"};
    static constexpr wideline::Field<float> kShare{"share"};
    CHECK(logged([&] {
              wideline::set(kUser, "u1"s);
              wideline::set(kItems, std::size_t{3});
              wideline::set(kPrice, 5);
              wideline::set(kPaid, true);
          }) == R"({"user.id":"u1","items":3,"price":5.0,"paid":true})");
    CHECK(logged([&] {
              wideline::set(kItems, UINT64_MAX);
              wideline::set(kSmall, 300);
              wideline::set(kShare, 0.1);
          }) == R"({"items":18446744073709551615,"small":300,"share":0.1})");
}
