// What each byte of some lines costs once they are compressed.
//
// zstd writes a text as literals and matches: bytes that it has not seen before, and "so many bytes, from so far back".
// So a trace id costs nearly its full length, and a service's name, the same in each event, a share of one match that
// covers its neighbours too. We let zstd find them again (at level 1, as the journal does), and price each as its
// entropy coder would: a literal by how often that byte is one, a match by how often its lengths and its distance occur
// in its block. A match's price is spread over the bytes that it covers.
#pragma once

#include <zstd.h>

#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace wideline::read {

/// One thread at a time. Memory: some ten bytes for each byte of the lines, 6 MiB besides.
class CompressedCost {
public:
    CompressedCost();

    /// Bits for each byte. They add up to nearly what the compressed lines take; whoever knows the true size scales
    /// them to it. Valid until the next call.
    [[nodiscard]] std::span<const float> of(std::string_view lines);

private:
    struct Free {
        void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
    };

    void price_part(std::string_view part, float* prices);

    std::unique_ptr<ZSTD_CCtx, Free> compressor_;
    std::vector<char> sequences_;  // Of ZSTD_Sequence, which only zstd's experimental part declares.
    std::vector<float> prices_;
};

}  // namespace wideline::read
