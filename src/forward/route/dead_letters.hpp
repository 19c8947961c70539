// Events that a working backend refuses, kept with its reason: segments of the journal's own format in the route's
// directory `dead`. A line is the event's own bytes up to its last brace, and fields that begin with wideline.dead.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <wideline/forward.hpp>

#include "forward/route/letter_segment.hpp"
#include "forward/source/letter.hpp"
#include "platform/clock.hpp"
#include "platform/file_system.hpp"

namespace wideline::delivery {

/// Any thread.
class DeadLetters {
public:
    DeadLetters(platform::FileSystem& files, platform::Clock& clock, std::string directory, std::string forward,
                std::string target, Dead limits);

    /// The disk has them when it is ok().
    platform::Status write(const std::vector<DeadLetter>& letters);
    /// Closes what has had no letter for a minute. Deletes what is over the limits, and gives how many events that
    /// were.
    std::uint64_t tidy();
    void close();

    struct Held {
        std::uint64_t letters = 0;
        std::uint64_t bytes = 0;
    };
    [[nodiscard]] Held held() const;

private:
    void close_segment();

    platform::FileSystem& files_;
    platform::Clock& clock_;
    std::string directory_;
    std::string forward_;
    std::string target_;
    Dead limits_;

    std::mutex mutex_;
    std::unique_ptr<LetterSegment> segment_;
    std::int64_t written_ns_ = 0;
    std::int64_t tidied_ns_ = 0;
};

}  // namespace wideline::delivery
