#include "pipeline/frame_batch.hpp"

#include <zstd.h>

#include <algorithm>
#include <new>

namespace wideline::pipeline {

ZSTD_CCtx* FrameBatch::new_compressor() noexcept {
    ZSTD_CCtx* const context = ZSTD_createCCtx();
    if (context == nullptr) return nullptr;
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 1);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    return context;
}

FrameBatch::FrameBatch(std::uint64_t stream, std::size_t capacity) : lines_(capacity), zstd_(new_compressor()) {
    if (zstd_ == nullptr) throw std::bad_alloc();
    stream_ = stream;
}

FrameBatch::~FrameBatch() = default;

void FrameBatch::Free::operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }

void FrameBatch::count(const detail::OpenEvent& event, std::span<const std::uint64_t> pairs) noexcept {
    const TimePoint start{std::chrono::microseconds(event.small_arena->start_us)};
    first_ = events_ == 0 ? start : std::min(first_, start);
    last_ = events_ == 0 ? start : std::max(last_, start);
    ++events_;
    if (detail::is_failure(event.fate().outcome)) ++errors_;
    weight_ += std::max(0.0, event.fate().weight);  // an unknown one is negative
    pairs_.add(pairs);
}

void FrameBatch::seal(std::vector<SampledAway> sampled_away, std::vector<LostEvents> lost,
                      std::optional<std::vector<RequestTotals>> totals) {
    json_lines_ = lines_.view();
    pair_hashes_ = pairs_.view();
    rules_ = std::move(sampled_away);
    sampled_away_ = rules_;
    losses_ = std::move(lost);
    lost_ = losses_;
    names_ = std::move(totals);
    totals_ = names_;
}

void FrameBatch::clear() noexcept {
    lines_.cut(0);
    pairs_.clear();
    pair_hashes_ = {};
    frame_bytes_ = 0;
    json_lines_ = {};
    sampled_away_ = {};
    lost_ = {};
    totals_ = {};
    events_ = 0;
    errors_ = 0;
    weight_ = 0;
    first_ = {};
    last_ = {};
    ++sequence_;
}

std::string_view FrameBatch::compressed() const noexcept {
    if (frame_bytes_ == 0) {
        const std::size_t bound = ZSTD_compressBound(json_lines_.size());
        try {
            if (frame_.size() < bound) frame_.resize(bound);
        } catch (const std::bad_alloc&) {
            return {};
        }
        const std::size_t bytes =
            ZSTD_compress2(zstd_.get(), frame_.data(), frame_.size(), json_lines_.data(), json_lines_.size());
        if (ZSTD_isError(bytes) != 0) return {};
        frame_bytes_ = bytes;
    }
    return {frame_.data(), frame_bytes_};
}

}  // namespace wideline::pipeline
