#include "read/segment_input.hpp"

#include <cerrno>

#include "read/segment_list.hpp"

namespace wideline::read {

std::optional<Piece> SegmentInput::next() {
    while (segment_ || open_next()) {
        auto piece = segment_->next();
        if (!piece) {
            segment_.reset();
        } else if (piece->kind == Piece::Kind::damage) {
            hear_once(Trouble::damage, damage_sentence(segment_->path(), *piece));
            bytes_left_out_ += piece->bytes;
        } else if (piece->index != nullptr && seen_.has(*piece->index)) {
            bytes_left_out_ += piece->offset + piece->bytes - piece->index_offset;
        } else {
            if (piece->index != nullptr) seen_.add(*piece->index);
            return piece;
        }
    }
    return std::nullopt;
}

void SegmentInput::begin_again() {
    next_path_ = 0;
    segments_.clear();
    next_segment_ = 0;
    segment_.reset();
    seen_ = {};
}

/// False where nothing is left.
bool SegmentInput::open_next() {
    while (!segment_) {
        if (next_segment_ != segments_.size()) {
            const std::string& path = segments_[next_segment_++];
            open(path, path != paths_[next_path_ - 1]);
            continue;
        }
        if (next_path_ == paths_.size()) return false;
        auto segments = segments_at(files_, paths_[next_path_++]);
        segments_.clear();
        next_segment_ = 0;
        if (segments.ok())
            segments_ = std::move(segments.value());
        else
            hear_once(Trouble::unreadable, segments.failure().sentence());
    }
    return true;
}

void SegmentInput::open(const std::string& path, bool listed) {
    auto opened = SegmentReader::open(files_, path);
    if (!opened.ok()) {
        // Retention deletes segments while we read.
        if (listed && opened.failure().error_number == ENOENT) return;
        return hear_once(Trouble::unreadable, opened.failure().sentence());
    }
    segment_ = std::move(opened.value());
    segment_->count_into(bytes_read_);
    segment_->set_wanted(wanted_);
    if (leaves_compressed_) segment_->leave_compressed();
}

void SegmentInput::hear_once(Trouble trouble, const std::string& sentence) {
    if (heard_.insert(sentence).second) hear_(trouble, sentence);
}

}  // namespace wideline::read
