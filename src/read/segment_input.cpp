#include "read/segment_input.hpp"

namespace wideline::read {

SegmentInput::SegmentInput(platform::FileSystem& files, std::vector<std::string> paths, Hear hear)
    : hear_(std::move(hear)), walk_(files, std::move(paths), [this](const std::string& sentence) {
          hear_once(Trouble::unreadable, sentence);
      }) {
    walk_.count_into(bytes_read_);
}

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
    walk_.begin_again();
    segment_.reset();
    seen_ = {};
}

/// False where nothing is left.
bool SegmentInput::open_next() {
    segment_ = walk_.next();
    if (segment_ == nullptr) return false;
    segment_->set_wanted(wanted_);
    if (leaves_compressed_) segment_->leave_compressed();
    return true;
}

void SegmentInput::hear_once(Trouble trouble, const std::string& sentence) {
    if (heard_.insert(sentence).second) hear_(trouble, sentence);
}

}  // namespace wideline::read
