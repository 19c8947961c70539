// A literal key that breaks the rules is refused by the compiler, whatever it is written with.
#include <wideline/wideline.hpp>

#define TEN "1234567890"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

void valid() {
    wideline::set("a", 1);
    wideline::set(HUNDRED TEN TEN "12345678", 1);
    wideline::set("names", 1);
    wideline::set("error.code", 1);
    static_cast<void>(wideline::time(HUNDRED TEN "12"));
}

#ifndef VALID
void empty() {
    // expect: the_key_of_a_field_has_1_to_128_bytes
    wideline::set("", 1);
    // expect: the_key_of_a_field_has_1_to_128_bytes
    wideline::add("", 1);
    // expect: the_key_of_a_field_has_1_to_128_bytes
    wideline::maximum("", 1);
    // expect: the_key_of_a_field_has_1_to_128_bytes
    wideline::append("", 1);
    // expect: the_key_of_a_field_has_1_to_128_bytes
    static_cast<void>(wideline::time(""));
    // expect: the_key_of_a_field_has_1_to_128_bytes
    static constexpr wideline::Field<int> kEmpty{""};
}
void too_long() {
    // expect: the_key_of_a_field_has_1_to_128_bytes
    wideline::set(HUNDRED TEN TEN "123456789", 1);
    // expect: the_key_of_a_field_has_1_to_128_bytes
    static_cast<void>(wideline::time(HUNDRED TEN "123"));
}
void not_printable() {
    // expect: the_key_of_a_field_is_printable
    wideline::set("a\n", 1);
    // expect: the_key_of_a_field_is_printable
    wideline::set("a\0b", 1);
    // expect: the_key_of_a_field_is_printable
    wideline::set("\x7f", 1);
}
void stamped() {
    // expect: the_library_stamps_this_key_itself
    wideline::set("timestamp", 1);
    // expect: the_library_stamps_this_key_itself
    wideline::set("trace_id", "x");
    // expect: the_library_stamps_this_key_itself
    wideline::set("error.message", "x");
    // expect: the_library_stamps_this_key_itself
    wideline::add("duration_ms", 1);
    // expect: the_library_stamps_this_key_itself
    static constexpr wideline::Field<double> kWeight{"sample_weight"};
}
#endif
