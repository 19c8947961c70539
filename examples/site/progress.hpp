// How far the traffic is, on stderr: a bar on a terminal, a line every few seconds elsewhere.
#pragma once

#include <chrono>
#include <cstdint>

namespace site {

struct Reached {
    std::uint64_t requests = 0;
    std::uint64_t bytes = 0;
};

/// For one thread. The destructor ends the line.
class Progress {
public:
    explicit Progress(std::uint64_t total);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// Shows `reached`, where it is time to; cheap to call often.
    void show(Reached reached);
    /// Shows `reached` in any case.
    void end(Reached reached);

private:
    using Clock = std::chrono::steady_clock;

    void draw(Reached reached) const;

    const std::uint64_t total_;
    const bool terminal_;
    const Clock::time_point begin_ = Clock::now();
    Clock::time_point shown_ = begin_;
};

}  // namespace site
