// A literal key that is no UTF-8 is refused by the compiler: as U+FFFD it could become another key.
#include <wideline/wideline.hpp>

void valid() { wideline::set("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xf4\x8f\xbf\xbf", 1); }

#ifndef VALID
void not_utf8() {
    // expect: the_key_of_a_field_is_utf8
    wideline::set("\xff", 1);
    // expect: the_key_of_a_field_is_utf8
    wideline::set("a\xc3", 1);
    // expect: the_key_of_a_field_is_utf8
    wideline::set("\xed\xa0\x80", 1);
    // expect: the_key_of_a_field_is_utf8
    wideline::set("\xc0\xaf", 1);
}
#endif
