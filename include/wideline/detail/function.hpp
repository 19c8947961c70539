// std::function. <functional> has searchers besides, and reads all of the standard algorithms and <unordered_map> for
// those: a tenth of what <wideline/wideline.hpp> costs to compile. libstdc++ keeps std::function in a header of its
// own.
#pragma once

#include <version>

#if defined(__GLIBCXX__) && __has_include(<bits/std_function.h>)
#include <typeinfo>

#include <bits/std_function.h>
#else
#include <functional>
#endif
