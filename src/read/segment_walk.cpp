#include "read/segment_walk.hpp"

#include <cerrno>

#include "read/segment_list.hpp"

namespace wideline::read {

std::unique_ptr<SegmentReader> SegmentWalk::next() {
    for (;;) {
        if (next_segment_ == segments_.size()) {
            if (!list_next_path()) return nullptr;
        } else if (auto segment = open(segments_[next_segment_++])) {
            return segment;
        }
    }
}

void SegmentWalk::begin_again() {
    next_path_ = 0;
    segments_.clear();
    next_segment_ = 0;
    listed_ = 0;
    deleted_ = 0;
}

/// False where there is none.
bool SegmentWalk::list_next_path() {
    if (next_path_ == paths_.size()) return false;
    auto segments = segments_at(files_, paths_[next_path_++]);
    segments_.clear();
    next_segment_ = 0;
    if (segments.ok())
        segments_ = std::move(segments.value());
    else
        hear_(segments.failure().sentence());
    listed_ += segments_.size();
    return true;
}

std::unique_ptr<SegmentReader> SegmentWalk::open(const std::string& path) {
    auto opened = SegmentReader::open(files_, path);
    if (!opened.ok()) {
        const bool of_directory = path != paths_[next_path_ - 1];
        if (of_directory && opened.failure().error_number == ENOENT)
            ++deleted_;
        else
            hear_(opened.failure().sentence());
        return nullptr;
    }
    opened.value()->expect_writer();
    if (counter_ != nullptr) opened.value()->count_into(*counter_);
    return std::move(opened.value());
}

}  // namespace wideline::read
