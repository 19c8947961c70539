#include "journal/batch_index.hpp"

namespace wideline::journal_files {

FrameIndex index_of(const Batch& batch, PairFilterBuilder& filter) {
    FrameIndex index;
    index.stream = batch.stream();
    index.sequence = batch.sequence();
    index.events = batch.events();
    index.errors = batch.errors();
    index.weight = batch.weight();
    index.least_time = batch.first().time_since_epoch().count();
    index.greatest_time = batch.last().time_since_epoch().count();
    index.raw_bytes = batch.json_lines().size();
    for (const SampledAway& away : batch.sampled_away())
        index.sampled_away.push_back({std::string(away.rule), away.requests});
    index.lost.assign(batch.lost().begin(), batch.lost().end());
    if (const auto totals = batch.totals()) index.totals.emplace(totals->begin(), totals->end());
    index.pair_filter = filter_of(filter, batch.json_lines(), batch.pair_hashes(), batch.zstd_frame().size());
    return index;
}

}  // namespace wideline::journal_files
