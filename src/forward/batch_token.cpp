#include "forward/batch_token.hpp"

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace wideline::delivery {

std::string batch_token(std::string_view salt, std::string_view lines) {
    const XXH64_hash_t seed = XXH3_64bits(salt.data(), salt.size());
    const XXH128_hash_t hash = XXH3_128bits_withSeed(lines.data(), lines.size(), seed);
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace wideline::delivery
