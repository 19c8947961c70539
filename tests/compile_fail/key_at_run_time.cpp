// A key that is no literal is refused, and the error says how it is written.
#include <wideline/wideline.hpp>

#include <string>
#include <string_view>

void valid(const std::string& name) { wideline::set(wideline::runtime(name), 1); }

#ifndef VALID
void not_a_literal(const char* pointer, const std::string& name, wideline::FieldWriter& to) {
    // expect: error: .*runtime\(name\)
    wideline::set(pointer, 1);
    // expect: error: .*runtime\(name\)
    wideline::set(name, 1);
    // expect: error: .*runtime\(name\)
    wideline::event().append(std::string_view(name), 1);
    // expect: error: .*runtime\(name\)
    to.set(wideline::Text(name), 1);
}
#endif
