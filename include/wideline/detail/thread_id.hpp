// std::thread::id. <thread> has stop tokens and condition variables as well; libstdc++ keeps the class of threads in a
// header of its own.
#pragma once

#include <version>

#if defined(__GLIBCXX__) && __has_include(<bits/std_thread.h>)
#include <bits/std_thread.h>
#else
#include <thread>
#endif

namespace wideline::detail {

using ThreadId = std::thread::id;

}  // namespace wideline::detail
