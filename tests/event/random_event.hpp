// Random events: the same random writes to wideline and to the model.
#pragma once

#include <wideline/wideline.hpp>

#include <bit>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event_model.hpp"
#include "hostile_text.hpp"

namespace random_events {

enum class Colour { red, green };
inline std::string_view name_of(Colour colour) { return colour == Colour::red ? "r\u00e9d" : "gr\xffn"; }

struct Part {
    int number = 0;
    std::string text;
};
inline void describe(wideline::FieldWriter& to, const Part& part) {
    to.set("number", part.number);
    to.set("text", part.text);
}
struct Whole {
    bool yes = false;
    Part part;
};
inline void describe(wideline::FieldWriter& to, const Whole& whole) {
    to.set("yes", whole.yes);
    to.set("part", whole.part);
}

class Writer {
public:
    using Json = nlohmann::ordered_json;
    using Kind = event_test::EventModel::Kind;

    Writer(event_test::Random& random, event_test::EventModel& model) : random_(random), model_(model) {}

    /// One write of any kind to `event`.
    void write(wideline::Event& event) {
        switch (random_.below(24)) {
            case 0:
            case 1:
                return add(event);
            case 2:
                return maximum(event);
            case 3:
            case 4:
                return append(event);
            case 5:
                return note(event);
            case 6:
                return random_.one_in(8) ? fail(event) : literal(event);
            case 7:
            case 8:
                return literal(event);
            case 9:
                return described(event);
            default:
                return set(event);
        }
    }

private:
    /// Few enough that they meet again, hostile enough that they would break a line.
    std::string some_key() {
        if (random_.one_in(40)) return event_test::hostile_text(random_, random_.below(60));
        if (random_.one_in(60)) return std::string(random_.one_in(2) ? "trace_id" : "error.type");
        event_test::Random of_key(random_.below(40));
        return event_test::hostile_text(of_key, 1 + of_key.below(4));
    }
    std::string some_text() {
        if (random_.one_in(300)) return event_test::hostile_text(random_, random_.below(5'000));
        if (random_.one_in(10)) return event_test::hostile_text(random_, random_.below(80));
        return event_test::hostile_text(random_, random_.below(8));
    }
    std::int64_t some_int() {
        constexpr std::int64_t kEnds[] = {0, 1, -1, INT64_MAX, INT64_MIN, INT32_MIN, 9007199254740993};
        if (random_.one_in(4)) return kEnds[random_.below(std::size(kEnds))];
        return static_cast<std::int64_t>(random_.bits()) >> random_.below(64);
    }
    double some_double() {
        constexpr double kEnds[] = {0.0, -0.0, 1e300, 5e-324, -1e-7, 0.1, 1e16, 123456.789};
        if (random_.one_in(30)) return random_.one_in(2) ? std::nan("") : -std::numeric_limits<double>::infinity();
        if (random_.one_in(3)) return kEnds[random_.below(std::size(kEnds))];
        if (random_.one_in(2)) return static_cast<double>(random_.between(-4'000'000, 4'000'000)) / 4;
        return std::bit_cast<double>(random_.bits());
    }
    /// RFC 3339 by the calendar of the standard library.
    static Json time_text(std::chrono::sys_time<std::chrono::microseconds> time) {
        const auto day = std::chrono::floor<std::chrono::days>(time);
        const std::chrono::year_month_day date(day);
        const int year = static_cast<int>(date.year());
        const std::int64_t first = -719'528, last = 2'932'896;  // 0000-01-01 and 9999-12-31
        const std::int64_t days = day.time_since_epoch().count();
        if (days < first || days > last) return nullptr;
        const std::chrono::hh_mm_ss clock(time - day);
        char text[64];
        std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", year,
                      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
        return text;
    }
    nlohmann::json some_json(int deepest) {
        switch (deepest == 0 ? 2 + random_.below(5) : random_.below(7)) {
            case 0: {
                nlohmann::json array = nlohmann::json::array();
                for (std::uint64_t n = random_.below(5); n > 0; --n) array.push_back(some_json(deepest - 1));
                return array;
            }
            case 1: {
                nlohmann::json object = nlohmann::json::object();
                // Names that stay different when they are made valid.
                for (std::uint64_t n = random_.below(5); n > 0; --n)
                    object[std::to_string(random_.below(9)) + (random_.one_in(3) ? "\"\\\n\u20ac" : "")] =
                        some_json(deepest - 1);
                return object;
            }
            case 2:
                return some_text();
            case 3:
                return some_int();
            case 4:
                return random_.bits();
            case 5:
                return some_double();
            default:
                return random_.one_in(2) ? nlohmann::json() : nlohmann::json(true);
        }
    }
    template <class T, class Make>
    std::vector<T> some(Make make) {
        std::vector<T> items;
        for (std::uint64_t n = random_.one_in(20) ? random_.below(40) : random_.below(5); n > 0; --n)
            items.push_back(make());
        return items;
    }

    /// Calls `use(value, its JSON, its kind)` with a value of any type. `depth` is 1, or 2 for an item of an array.
    template <class Use>
    void with_value(Use use, std::uint32_t depth) {
        const auto scalar = [&](const auto& value, const Json& json) { use(value, json, Kind::value); };
        const auto range = [&](const auto& value, const nlohmann::json& json) {
            use(value, model_.nested(json, depth), Kind::range);
        };
        switch (random_.below(28)) {
            case 0:
                return scalar(true, true);
            case 1:
                return scalar(false, false);
            case 2:
                return with_integer<std::int8_t>(scalar);
            case 3:
                return with_integer<std::uint8_t>(scalar);
            case 4:
                return with_integer<std::int16_t>(scalar);
            case 5:
                return with_integer<std::uint32_t>(scalar);
            case 6:
                return with_integer<long>(scalar);
            case 7:
                return with_integer<unsigned long long>(scalar);
            case 8:
                return with_double<float>(scalar);
            case 9:
                return with_double<double>(scalar);
            case 10:
                return scalar(nullptr, nullptr);
            case 11:
                return scalar(random_.one_in(2) ? Colour::red : Colour::green, nullptr);
            case 12: {
                const std::string text = some_text();
                return scalar(std::string_view(text), model_.text(text));
            }
            case 13: {
                const std::string text = some_text();
                const std::string until_nul(text.c_str());
                return scalar(text.c_str(), model_.text(until_nul));
            }
            case 14: {
                const std::string text = some_text();
                return scalar(std::u8string(text.begin(), text.end()), model_.text(text));
            }
            case 15: {
                const std::chrono::microseconds duration(some_int() / 1'000);
                // Beyond 2^53 the count is no double, and the quotient of what is next to it can be one off.
                return scalar(duration, static_cast<double>(static_cast<long double>(duration.count()) / 1'000));
            }
            case 16: {
                const std::chrono::sys_time<std::chrono::microseconds> time(std::chrono::microseconds(some_int() / 16));
                return scalar(time, time_text(time));
            }
            case 17: {
                const std::chrono::sys_time<std::chrono::nanoseconds> time{std::chrono::nanoseconds(some_int())};
                return scalar(time, time_text(std::chrono::floor<std::chrono::microseconds>(time)));
            }
            case 18:
                return scalar(std::optional<int>(), nullptr);
            case 19:
                return scalar(std::optional<int>(-5), -5);
            case 20: {
                const auto items = some<bool>([&] { return random_.one_in(2); });
                return range(items, items);
            }
            case 21: {
                const auto items = some<std::int64_t>([&] { return some_int(); });
                return range(items, items);
            }
            case 22: {
                const auto items = some<std::string>([&] { return some_text(); });
                return range(items, items);
            }
            case 23: {
                const auto items =
                    some<std::vector<double>>([&] { return some<double>([&] { return some_double(); }); });
                return range(items, items);
            }
            case 24: {
                const auto items = some<std::optional<unsigned>>([&] {
                    return random_.one_in(3) ? std::nullopt : std::optional(static_cast<unsigned>(random_.bits()));
                });
                nlohmann::json json = nlohmann::json::array();
                for (const auto& item : items) json.push_back(item ? nlohmann::json(*item) : nlohmann::json());
                return range(items, json);
            }
            case 25: {
                const auto items = some<nlohmann::json>([&] { return some_json(2); });
                return range(items, items);
            }
            default: {
                const nlohmann::json json = some_json(static_cast<int>(random_.below(12)));
                return use(json, model_.nested(json, depth), Kind::value);
            }
        }
    }
    template <class T, class Use>
    void with_integer(Use use) {
        const auto value = static_cast<T>(some_int());
        use(value, value);
    }
    static double as_read(double value) { return value; }
    /// The double with a float's shortest digits.
    static double as_read(float value) {
        char digits[64];
        const auto written = std::to_chars(digits, digits + sizeof digits, value);
        return std::isfinite(value) ? std::strtod(std::string(digits, written.ptr).c_str(), nullptr) : value;
    }
    template <class T, class Use>
    void with_double(Use use) {
        const auto value = static_cast<T>(some_double());
        use(value, as_read(value));
    }
    static Json corrected(Colour colour, const Json&) { return colour == Colour::red ? "r\u00e9d" : "gr\ufffdn"; }
    template <class T>
    static Json corrected(const T&, const Json& json) {
        return json;
    }

    void set(wideline::Event& event) {
        const std::string name = some_key();
        const auto key = model_.key(name);
        with_value(
            [&](const auto& value, const Json& json, Kind kind) {
                event.set(wideline::runtime(name), value);
                if (key) model_.set(*key, corrected(value, json), kind);
            },
            1);
    }
    void append(wideline::Event& event) {
        const std::string name = some_key();
        const auto key = model_.key(name);
        with_value(
            [&](const auto& value, const Json& json, Kind) {
                event.append(wideline::runtime(name), value);
                if (key) model_.append(*key, corrected(value, json));
            },
            2);
    }
    void add(wideline::Event& event) {
        const std::string name = some_key();
        const auto key = model_.key(name);
        const auto add_both = [&](auto number) {
            if (key && !model_.adds_exactly(*key, number)) return;
            event.add(wideline::runtime(name), number);
            if (key) model_.add(*key, number);
        };
        if (random_.one_in(3)) return add_both(static_cast<double>(random_.between(-400, 400)) / 4);
        if (random_.one_in(2)) return add_both(static_cast<unsigned>(random_.below(1'000)));
        if (random_.one_in(2)) return add_both(some_int());
        add_both(static_cast<int>(random_.between(-1'000, 1'000)));
    }
    void maximum(wideline::Event& event) {
        const std::string name = some_key();
        const auto key = model_.key(name);
        const auto raise_both = [&](auto number) {
            event.maximum(wideline::runtime(name), number);
            if (key) model_.maximum(*key, number);
        };
        if (random_.one_in(2)) return raise_both(some_double());
        if (random_.one_in(2)) return raise_both(random_.bits());
        raise_both(some_int());
    }
    void note(wideline::Event& event) {
        const std::string text = some_text();
        Json note{{"at_ms", 0}, {"text", model_.text(text)}};
        if (random_.one_in(2)) {
            event.note(text, {.level = "warn", .file = "shop/cart.cpp", .line = 42});
            note.update({{"level", "warn"}, {"file", "shop/cart.cpp"}, {"line", 42}});
        } else {
            event.note(text);
        }
        model_.append("notes", note);
    }
    void fail(wideline::Event& event) {
        const std::string type = event_test::hostile_text(random_, 1 + random_.below(3));
        const std::string message = event_test::hostile_text(random_, random_.below(4));
        event.fail({.type = type, .message = message});
        if (failed_) {
            const std::string both = type + (message.empty() ? "" : ": ") + message;
            return model_.append("notes", Json{{"at_ms", 0}, {"text", model_.text(both)}});
        }
        failed_ = true;
        error_["error.type"] = model_.text(type);
        if (!message.empty()) error_["error.message"] = model_.text(message);
    }
    void described(wideline::Event& event) {
        const std::string name = some_key();
        const Whole whole{random_.one_in(2), {static_cast<int>(some_int()), some_text()}};
        event.set(wideline::runtime(name), whole);
        const std::string text = model_.text(whole.part.text);
        const auto prefix = model_.key(name);
        const auto set = [&](const std::string& suffix, const Json& value) {
            if (!prefix) return;
            if (const auto key = model_.key(*prefix + "." + suffix)) model_.set(*key, value, Kind::value);
        };
        set("yes", whole.yes);
        set("part.number", whole.part.number);
        set("part.text", text);
    }
    void literal(wideline::Event& event) {
        const std::int64_t number = some_int();
        const std::string text = some_text();
        switch (random_.below(5)) {
            case 0:
                event.set("literal.int", number);
                return model_.set("literal.int", number, Kind::value);
            case 1:
                event.set("a", text);
                return model_.set("a", model_.text(text), Kind::value);
            case 2:
                event.add("hits", 1);
                return model_.add("hits", 1);
            case 3:
                event.maximum("depth", number % 1'000);
                return model_.maximum("depth", number % 1'000);
            default:
                event.append("flags", text);
                return model_.append("flags", model_.text(text));
        }
    }

public:
    /// The event as it must be, but for what the library stamps by itself.
    [[nodiscard]] Json expected() const {
        Json all = error_;
        if (model_.truncated() || model_.may_be_truncated()) all["wideline.truncated"] = true;
        const Json fields = model_.event();
        for (const auto& [key, value] : fields.items()) all[key] = value;
        return all;
    }
    /// Whether wideline.truncated need not be there.
    [[nodiscard]] bool truncation_is_open() const { return model_.may_be_truncated() && !model_.truncated(); }
    [[nodiscard]] bool failed() const { return failed_; }

private:
    event_test::Random& random_;
    event_test::EventModel& model_;
    Json error_ = Json::object();
    bool failed_ = false;
};

}  // namespace random_events
