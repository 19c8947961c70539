// Integers that no record holds exactly are refused, also in the GNU dialect, where they count as integral types.
#include <wideline/wideline.hpp>

#include <vector>

__extension__ using Wide = __int128;
__extension__ using Unsigned = unsigned __int128;

void valid() { wideline::set("text", "1180591620717411303424"); }

#ifndef VALID
void too_wide() {
    // expect: static.assert.*(64 bits|describe)
    wideline::set("small", Wide{7});
    // expect: static.assert.*(64 bits|describe)
    wideline::set("large", Unsigned{7});
    // expect: static.assert.*describe
    wideline::set("list", std::vector<Wide>{1});
    // expect: no matching function
    wideline::add("sum", Wide{7});
    // expect: no match|invalid operands
    static_cast<void>(wideline::field("x") == Wide{7});
}
#endif
