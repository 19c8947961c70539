#include "platform/entropy.hpp"

#include <sys/types.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstring>

#if __has_include(<sys/random.h>)
#include <sys/random.h>
#endif

namespace wideline::platform {

void fill_random(void* to, std::size_t bytes) noexcept {
    if (::getentropy(to, bytes) == 0) return;
    // splitmix64 over what differs between processes, threads and calls
    auto state = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count()) ^
                 reinterpret_cast<std::uintptr_t>(to) ^ static_cast<std::uint64_t>(::getpid()) << 32;
    for (std::size_t done = 0; done < bytes; done += sizeof state) {
        state += 0x9e3779b97f4a7c15U;
        std::uint64_t word = state;
        word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9U;
        word = (word ^ (word >> 27)) * 0x94d049bb133111ebU;
        word ^= word >> 31;
        std::memcpy(static_cast<char*>(to) + done, &word, bytes - done < sizeof word ? bytes - done : sizeof word);
    }
}

}  // namespace wideline::platform
