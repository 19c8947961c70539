// Random bits for ids: xoshiro256** (Blackman and Vigna, https://prng.di.unimi.it), one a thread, seeded by the system.
#pragma once

#include <bit>
#include <cstdint>

namespace wideline::detail {

/// Good enough for identifiers and for sampling by them, not for secrets. Some 1 ns a draw.
class Random {
public:
    Random() noexcept { seed(); }

    /// From the operating system; a forked child calls it, lest it draw what its parent draws.
    void seed() noexcept;

    std::uint64_t next() noexcept {
        const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
        const std::uint64_t shifted = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= shifted;
        state_[3] = std::rotl(state_[3], 45);
        return result;
    }
    /// As an id must be.
    std::uint64_t next_nonzero() noexcept {
        for (;;)
            if (const std::uint64_t bits = next(); bits != 0) [[likely]]
                return bits;
    }

private:
    std::uint64_t state_[4];
};

}  // namespace wideline::detail
