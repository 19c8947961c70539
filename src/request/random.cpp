#include "request/random.hpp"

#include "platform/entropy.hpp"

namespace wideline::detail {

void Random::seed() noexcept {
    platform::fill_random(state_, sizeof state_);
    if ((state_[0] | state_[1] | state_[2] | state_[3]) == 0) state_[0] = 1;  // the one state it never leaves
}

}  // namespace wideline::detail
