#include "read/needle.hpp"

#include <bit>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace wideline::read {
namespace {

/// How common a byte is in JSON lines of events, roughly: digits of ids, punctuation, letters as English has them.
std::size_t commonness(char byte) {
    constexpr std::string_view kRareToCommon =
        "QXZJKVWYUGHqzjxTPLNMBRIOFDSCAEkw/vyg @uhpmlnbf_cd9876543210-rsoiat.e,:\"";
    const std::size_t at = kRareToCommon.find(byte);
    return at == std::string_view::npos ? 0 : at + 1;
}

}  // namespace

Needle::Needle(std::string bytes) : bytes_(std::move(bytes)) {
    for (std::size_t i = 1; i < bytes_.size(); ++i)
        if (commonness(bytes_[i]) < commonness(bytes_[rarest_])) rarest_ = i;
    next_rarest_ = rarest_ == 0 ? bytes_.size() - 1 : 0;
    for (std::size_t i = 0; i < bytes_.size(); ++i)
        if (i != rarest_ && commonness(bytes_[i]) < commonness(bytes_[next_rarest_])) next_rarest_ = i;
}

std::size_t Needle::find(std::string_view text, std::size_t from) const noexcept {
    std::size_t at = from;
#ifdef __SSE2__
    const char* const data = text.data();
    const __m128i first = _mm_set1_epi8(bytes_[rarest_]);
    const __m128i second = _mm_set1_epi8(bytes_[next_rarest_]);
    const auto hits_at = [&](std::size_t place) {
        const auto* const a = reinterpret_cast<const __m128i*>(data + place + rarest_);
        const auto* const b = reinterpret_cast<const __m128i*>(data + place + next_rarest_);
        return _mm_and_si128(_mm_cmpeq_epi8(_mm_loadu_si128(a), first), _mm_cmpeq_epi8(_mm_loadu_si128(b), second));
    };
    for (; at + bytes_.size() + 63 <= text.size(); at += 64) {
        const __m128i blocks[4] = {hits_at(at), hits_at(at + 16), hits_at(at + 32), hits_at(at + 48)};
        const __m128i any = _mm_or_si128(_mm_or_si128(blocks[0], blocks[1]), _mm_or_si128(blocks[2], blocks[3]));
        if (_mm_movemask_epi8(any) == 0) continue;
        for (std::size_t block = 0; block < 4; ++block) {
            auto hits = static_cast<unsigned>(_mm_movemask_epi8(blocks[block]));
            for (; hits != 0; hits &= hits - 1) {
                const std::size_t place = at + 16 * block + static_cast<std::size_t>(std::countr_zero(hits));
                if (std::memcmp(data + place, bytes_.data(), bytes_.size()) == 0) return place;
            }
        }
    }
#endif
    return text.find(bytes_, at);
}

}  // namespace wideline::read
