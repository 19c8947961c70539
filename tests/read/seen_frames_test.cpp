#include "read/seen_frames.hpp"

#include <limits>
#include <random>
#include <set>

#include "catch.hpp"

using wideline::journal_files::FrameIndex;
using wideline::read::SeenFrames;

namespace {

FrameIndex frame(std::uint64_t stream, std::uint64_t sequence, std::uint64_t sequences = 1) {
    FrameIndex index;
    index.stream = stream;
    index.sequence = sequence;
    index.sequences = sequences;
    return index;
}

}  // namespace

TEST_CASE("A frame was seen where each of its numbers was, in frames of whatever ranges") {
    std::mt19937_64 random(5);
    for (int round = 0; round < 200; ++round) {
        SeenFrames seen;
        std::set<std::uint64_t> model;
        for (int step = 0; step < 60; ++step) {
            const FrameIndex index = frame(3, random() % 40, 1 + random() % 5);
            bool all = true;
            for (std::uint64_t i = 0; i < index.sequences; ++i) all = all && model.contains(index.sequence + i);
            REQUIRE(seen.has(index) == all);
            if (random() % 2 == 0) continue;
            seen.add(index);
            for (std::uint64_t i = 0; i < index.sequences; ++i) model.insert(index.sequence + i);
        }
    }
}

TEST_CASE("Runs are apart, the last number is one, and of a run that nobody knows no frame was seen") {
    constexpr std::uint64_t kLast = std::numeric_limits<std::uint64_t>::max();
    SeenFrames seen;
    seen.add(frame(1, kLast));
    seen.add(frame(1, 0, 2));
    seen.add(frame(0, 5));
    CHECK(seen.has(frame(1, kLast)));
    CHECK(seen.has(frame(1, 1)));
    CHECK_FALSE(seen.has(frame(1, 2)));
    CHECK_FALSE(seen.has(frame(2, 1)));
    CHECK_FALSE(seen.has(frame(0, 5)));
}
