// A range is walked once, and what it tells of its size is not believed: its items may be made when they are asked for.
#include <wideline/wideline.hpp>

#include <cstddef>
#include <iterator>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "catch.hpp"
#include "event/event_log.hpp"

// With libstdc++'s views clang goes along from version 16 on.
#if !defined(__clang__) || __clang_major__ >= 16
#include <ranges>
#include <sstream>
#define WIDELINE_HAS_VIEWS
#endif

namespace wl = wideline;
using event_test::EventLog;
using event_test::Json;
using event_test::logged;

namespace {

/// `size` items made by `make(i)`, and a size that need not be true.
template <class Make>
struct Made {
    struct End {};
    struct Iterator {
        using value_type = decltype(std::declval<const Make&>()(0));
        using difference_type = std::ptrdiff_t;
        using iterator_concept = std::input_iterator_tag;
        const Made* range;
        std::size_t at;
        auto operator*() const {
            ++range->asked;
            return range->make(at);
        }
        Iterator& operator++() {
            ++at;
            return *this;
        }
        void operator++(int) { ++at; }
        bool operator==(End) const { return at == range->items; }
    };
    [[nodiscard]] Iterator begin() const {
        ++walks;
        return {this, 0};
    }
    [[nodiscard]] End end() const { return {}; }
    [[nodiscard]] std::size_t size() const { return told; }

    Make make;
    std::size_t items;
    std::size_t told;
    mutable int asked = 0;
    mutable int walks = 0;
};
template <class Make>
Made<Make> made(Make make, std::size_t items, std::size_t told) {
    return {make, items, told};
}

template <class Range>
void check_walked_once(const Range& range, int items) {
    CHECK(range.walks == 1);
    CHECK(range.asked == items);
}

}  // namespace

TEST_CASE("Each item of a range is asked for once, whatever it is and wherever the range is written") {
    EventLog log;
    const auto numbers = [](std::size_t i) { return static_cast<int>(i); };
    const auto texts = [](std::size_t i) { return std::string(i * 40, 'g'); };
    const auto characters = [](std::size_t i) { return static_cast<char>('a' + i); };
    const auto ranges = [](std::size_t i) { return std::list<std::string>(i, "x"); };
    const auto optionals = [](std::size_t i) {
        return std::optional<float>(i == 0 ? std::nullopt : std::optional(0.1F));
    };
    const auto check = [&](auto make, const std::string& expected) {
        for (const std::size_t told : {std::size_t{3}, std::size_t{0}, std::size_t{1} << 60}) {
            const auto set = made(make, 3, told);
            const auto appended = made(make, 3, told);
            const auto runtime = made(make, 3, told);
            const std::vector<decltype(made(make, 3, told))> nested{made(make, 3, told)};
            const Json fields = log.fields([&] {
                wl::set("set", set);
                wl::append("appended", appended);
                wl::set(wl::runtime("runtime"), runtime);
                wl::set("nested", nested);
                wl::set("after", "fine");
            });
            CHECK(fields.dump() == R"({"set":)" + expected + R"(,"appended":[)" + expected + R"(],"runtime":)" +
                                       expected + R"(,"nested":[)" + expected + R"(],"after":"fine"})");
            check_walked_once(set, 3);
            check_walked_once(appended, 3);
            check_walked_once(runtime, 3);
            check_walked_once(nested[0], 3);
        }
    };
    check(numbers, "[0,1,2]");
    check(texts, "[\"\",\"" + std::string(40, 'g') + "\",\"" + std::string(80, 'g') + "\"]");
    check(characters, "\"abc\"");
    check(ranges, R"([[],["x"],["x","x"]])");
    check(optionals, "[null,0.1,0.1]");
}

TEST_CASE("Items that are longer or shorter each time they are asked for do no harm") {
    EventLog log;
    int n = 0;
    const auto longer = [&n](std::size_t) { return std::string(static_cast<std::size_t>(++n) * 40, 'g'); };
    int m = 7;
    const auto shorter = [&m](std::size_t) { return std::string(static_cast<std::size_t>(--m) * 20, 's'); };
    const Json fields = log.fields([&] {
        wl::set("longer", made(longer, 3, 3));
        wl::set("shorter", made(shorter, 3, 3));
        wl::set("after", "fine");
    });
    CHECK(fields.at("longer")[2] == std::string(120, 'g'));
    CHECK(fields.at("shorter")[2] == std::string(80, 's'));
    CHECK(fields.at("after") == "fine");
}

TEST_CASE("A range without an end costs the items that fit, and one more") {
    EventLog log;
    const auto numbers = [](std::size_t i) { return i; };
    const auto endless = made(numbers, static_cast<std::size_t>(-1), 0);
    const Json fields = log.fields([&] { wl::set("endless", endless); });
    CHECK(fields.at("endless").size() == 1024);
    CHECK(fields.at("wideline.truncated") == 1);
    CHECK(endless.asked <= 1025);
}

TEST_CASE("Arrays in memory of every length are the same by the short way and the long one") {
    for (std::size_t size = 0; size < 40; ++size) {
        std::vector<std::string> texts;
        std::vector<double> numbers;
        for (std::size_t i = 0; i < size; ++i) {
            texts.push_back(std::string(i * i % 300, 'x'));
            numbers.push_back(static_cast<double>(i) / 4);
        }
        EventLog log;
        const Json fields = log.fields([&] {
            for (int i = 0; i < 30; ++i) wl::set("filler", std::string(100, 'f'));  // also at the end of an arena
            wl::set("texts", texts);
            wl::set("numbers", numbers);
        });
        CHECK(fields.at("texts").get<std::vector<std::string>>() == texts);
        CHECK(fields.at("numbers").get<std::vector<double>>() == numbers);
    }
}

#if defined(WIDELINE_HAS_VIEWS)
TEST_CASE("Views are arrays: transformed, filtered, bounded, read from a stream, and nested") {
    std::vector<int> v = {1, 2, 3, 4};
    auto large = v | std::views::filter([](int i) { return i > 2; });
    std::istringstream stream("5 6 7");
    const std::vector<bool> bits = {true, false, true};
    CHECK(logged([&] {
              wl::set("even", v | std::views::filter([](int i) { return i % 2 == 0; }));
              wl::set("large", large);
              wl::append("appended", large);
              wl::set(wl::runtime("runtime"), large);
              wl::set("stream", std::views::istream<int>(stream));
              wl::set("endless", std::views::iota(0) | std::views::take(2));
              wl::set("bits", bits | std::views::filter([](bool bit) { return bit; }));
              wl::set("nested", std::vector<int>{1, 3} | std::views::transform([&](int n) {
                                    return v | std::views::filter([n](int i) { return i > n; });
                                }));
              wl::set("letters", std::string("a b") | std::views::filter([](char c) { return c != ' '; }));
          }) == R"({"even":[2,4],"large":[3,4],"appended":[[3,4]],"runtime":[3,4],"stream":[5,6,7],"endless":[0,1],)"
                R"("bits":[true,true],"nested":[[2,3,4],[4]],"letters":"ab"})");
}
#endif
