// Reads the frames of a snapshot that may hold what a search wants, on every core, and gives their events.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/file_system.hpp"
#include "view/frame_catalogue.hpp"
#include "view/search.hpp"

namespace wideline::view {

/// Gathers the events that a search takes, of one frame after the other.
class FrameTaker {
public:
    virtual ~FrameTaker() = default;
    virtual void take(const EventFacts& facts, std::string_view line) = 0;
    /// Requests of the frame that no event stands for.
    virtual void take_lost(const read::LossCorrection::Left&) {}
    /// The frame's events are all there; called by one thread at a time.
    virtual void end_frame() = 0;
};

/// Each thread has a search and a taker (made by `make_taker`) of its own. Frames are begun in their order, while
/// `go_on` says so of the next one (asked by one thread at a time). A frame whose file is gone meanwhile has no events.
/// Gives sentences about frames that are damaged.
std::vector<std::string> scan(platform::FileSystem& files, std::span<const Frame> frames, const Search::Terms& terms,
                              const std::function<std::unique_ptr<FrameTaker>()>& make_taker,
                              const std::function<bool(const Frame& next)>& go_on);

}  // namespace wideline::view
