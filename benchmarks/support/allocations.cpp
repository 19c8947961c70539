#include "support/allocations.hpp"

#include <cstdlib>
#include <new>

namespace {
thread_local std::uint64_t made = 0;
}  // namespace

std::uint64_t wideline::bench::allocations_of_this_thread() noexcept { return made; }

void* operator new(std::size_t bytes) {
    ++made;
    if (void* const at = std::malloc(bytes)) return at;
    throw std::bad_alloc();
}
void operator delete(void* at) noexcept { std::free(at); }
void operator delete(void* at, std::size_t) noexcept { std::free(at); }
