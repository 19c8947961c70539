// The batch that the pipeline fills: lines, what is known of them, and, when a sink asks, their zstd frame.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <wideline/sink.hpp>

#include "event/open_event.hpp"
#include "pipeline/line_buffer.hpp"
#include "pipeline/pair_list.hpp"

typedef struct ZSTD_CCtx_s ZSTD_CCtx;

namespace wideline::pipeline {

/// Reused from batch to batch. One thread.
class FrameBatch final : public Batch {
public:
    static constexpr int kLevel = 1;  // of zstd: level 3 is 40 % slower and saves 1 %

    /// A context that compresses as batches are compressed; null where there is no memory.
    [[nodiscard]] static ZSTD_CCtx* new_compressor() noexcept;

    FrameBatch(std::uint64_t stream, std::size_t capacity);
    ~FrameBatch() override;

    [[nodiscard]] LineBuffer& lines() noexcept { return lines_; }
    /// Takes in the figures of an event whose line was just written, and the hashes of its pairs.
    void count(const detail::OpenEvent& event, std::span<const std::uint64_t> pairs) noexcept;
    /// Ends it with what was sampled away and lost since the one before, and, if requests were counted, by how much the
    /// totals have grown: it can be delivered.
    void seal(std::vector<SampledAway> sampled_away, std::vector<LostEvents> lost,
              std::optional<std::vector<RequestTotals>> totals);
    /// Begins the next one.
    void clear() noexcept;

private:
    std::string_view compressed() const noexcept override;

    LineBuffer lines_;
    PairList pairs_;
    std::vector<SampledAway> rules_;
    std::vector<LostEvents> losses_;
    std::optional<std::vector<RequestTotals>> names_;
    mutable std::vector<char> frame_;
    mutable std::size_t frame_bytes_ = 0;
    struct Free {
        void operator()(ZSTD_CCtx* context) const noexcept;
    };
    std::unique_ptr<ZSTD_CCtx, Free> zstd_;
};

}  // namespace wideline::pipeline
