// How many exceptions are under way on a thread, without a call for each question.
#pragma once

#include <cxxabi.h>

namespace wideline::platform {

/// Of the thread that makes it; to be asked on that thread alone. One load, where std::uncaught_exceptions takes some 2
/// ns.
class UncaughtExceptions {
public:
    [[nodiscard]] int count() const noexcept { return static_cast<int>(globals_->uncaught); }

private:
    /// As the Itanium C++ ABI lays it out (Exception Handling, 2.2.2, __cxa_eh_globals): g++ and clang follow it.
    struct Globals {
        void* caught;
        unsigned int uncaught;
    };
    const Globals* globals_ = reinterpret_cast<const Globals*>(abi::__cxa_get_globals());
};

}  // namespace wideline::platform
