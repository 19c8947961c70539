// The filter of a frame over the `key=value` pairs of its events: whether a search must read the frame at all. Where it
// says no, no event of the frame has the pair; where it says yes, the frame may be read in vain.
//
// It is a Bloom filter of kProbes bits a pair, as large as kShareOfFrame of the compressed frame allows. Measured over
// frames of 1 MiB (benchmarks/pair_filter_benchmark.cpp): a pair has some 6 bits, 6 % of all pairs that are not there
// pass, and building it costs 5 % of what compressing the frame costs. A ribbon filter of that size lets 2 % pass and
// costs 18 %; the pipeline has not got them. The pair of a trace id counts twice, so that 0.4 % pass.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wideline::journal_files {

/// The most bytes that a filter may have before an index, with all else in it, is 6 % of its frame; 0 for a frame so
/// small that reading it costs no more than asking.
[[nodiscard]] std::size_t filter_room(std::size_t compressed_bytes) noexcept;

/// Gathers the pairs of one frame. Reused from frame to frame; one thread.
class PairFilterBuilder {
public:
    PairFilterBuilder();

    /// `pairs` are hashes as pair_hash.hpp makes them, of which many may be the same.
    void add(std::span<const std::uint64_t> pairs);
    /// The payload of the index's section, of at most `room` bytes; empty where there were no pairs, or so little room
    /// that the filter would say nothing. Begins the next one.
    [[nodiscard]] std::string finish(std::size_t room);

private:
    void clear() noexcept;

    // Repeated pairs are what a frame mostly has: one that was seen a moment ago is not kept again.
    std::vector<std::uint64_t> recent_;
    std::vector<std::uint64_t> kept_;
};

/// The filter of the frame with these lines, which was compressed to `compressed_bytes`. `pairs` are those of the
/// lines, where they are known; where they are none, the lines are read for them. Empty where that frame has none.
[[nodiscard]] std::string filter_of(PairFilterBuilder& builder, std::string_view lines,
                                    std::span<const std::uint64_t> pairs, std::size_t compressed_bytes);

/// Any bytes may be the filter; those that are none, and an empty one, may contain everything.
[[nodiscard]] bool filter_may_contain(std::string_view filter, std::uint64_t pair) noexcept;

/// Whether a frame with this filter may have an event with a field `key` that equals `value`, or an array that has it
/// as an item. `value` is as a person writes it, without quotes: `200` is the number and the text, `7.0` is that text
/// and the number 7, `true` is the word and the text. Where the filter cannot know it says true: for numbers that are
/// not whole, for `timestamp` and `event_id`, and where there is no filter. Whole numbers are compared digit by digit,
/// not as doubles; what is inside nested objects is not in a filter, and not asked for. Some 100 ns.
[[nodiscard]] bool may_contain(std::string_view filter, std::string_view key, std::string_view value) noexcept;

}  // namespace wideline::journal_files
