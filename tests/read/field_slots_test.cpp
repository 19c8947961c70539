#include "read/field_slots.hpp"

#include "catch.hpp"

using wideline::read::FieldSlots;

TEST_CASE("A name has one slot, however it is escaped and wherever it stands") {
    FieldSlots slots;
    const std::size_t a = slots.of("a", 0);
    CHECK(slots.of("\\u0061", 0) == a);
    CHECK(slots.of("\\u0061", 0) == a);
    CHECK(slots.of("a", 7) == a);
    CHECK(slots.of_name("a") == a);
    // Two names, of which one is written as the other is.
    const std::size_t one_slash = slots.of("x\\\\y", 1);
    const std::size_t two = slots.of("x\\\\\\\\y", 1);
    CHECK(one_slash != two);
    CHECK(slots.of("x\\\\y", 1) == one_slash);
    CHECK(slots.of("", 3) == slots.of_name(""));
    CHECK(slots.of("", 5) != FieldSlots::kOtherFields);
    CHECK(slots.names() == std::vector<std::string>{"a", "x\\y", "x\\\\y", ""});
}

TEST_CASE("Names past the last slot share one") {
    FieldSlots slots;
    for (std::size_t i = 0; i < FieldSlots::kMostFields; ++i) CHECK(slots.of("f" + std::to_string(i), i) == i);
    CHECK(slots.of("more", 2) == FieldSlots::kOtherFields);
    CHECK(slots.of("f2", 2) == 2);
}
