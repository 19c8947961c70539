#include "read/rebuilt_index.hpp"

namespace wideline::read {

journal_files::FrameIndex IndexRebuilder::rebuilt(std::string_view lines, std::string_view data_frame) {
    const FrameFacts facts = facts_.of(lines);
    journal_files::FrameIndex index;
    index.events = facts.events;
    index.errors = facts.errors;
    index.weight = facts.weight;
    if (facts.any_time()) {
        index.least_time = facts.least_time;
        index.greatest_time = facts.greatest_time;
    }
    index.raw_bytes = lines.size();
    index.compressed_bytes = data_frame.size();
    index.hash = journal_files::hash_of(data_frame);
    index.pair_filter = journal_files::filter_of(filter_, lines, {}, data_frame.size());
    return index;
}

}  // namespace wideline::read
