// Durations, time points, clocks and their literals. <chrono> has calendars, time zones and their text besides, and
// reads all of <sstream> for those (<format> too in newer libraries): more than a tenth of what <wideline/wideline.hpp>
// costs to compile. libstdc++ keeps the part that services need in a header of its own.
#pragma once

#include <version>

#if defined(__GLIBCXX__) && __has_include(<bits/chrono.h>)
#include <bits/chrono.h>
#else
#include <chrono>
#endif
