#include "forward/source/frame_lines.hpp"

namespace wideline::delivery {

/// The file that was read last stays open, and its next frame is read from where the last one ended.
bool FrameLines::open_at(const std::string& path, const CatalogFrame& frame) {
    if (path.empty()) return false;
    const auto target = files_.target(path);
    if (!target.ok()) {
        reader_.reset();
        return false;
    }
    const bool goes_on = reader_ != nullptr && reader_->path() == path && identity_ == target.value().identity &&
                         next_offset_ == frame.offset;
    if (goes_on) return true;
    reader_.reset();
    auto opened = read::SegmentReader::open(files_, path, frame.offset);
    if (!opened.ok()) return false;
    reader_ = std::move(opened.value());
    identity_ = target.value().identity;
    return true;
}

FrameLines::Read FrameLines::next(const std::string& run, const CatalogFrame& frame) {
    using Kind = read::Piece::Kind;
    Read read;
    piece_ = reader_->next();
    next_offset_ = 0;
    if (!piece_) {
        reader_.reset();
        return read;
    }
    const read::Piece& piece = *piece_;
    if (piece.kind == Kind::damage) {
        read.kind = Read::Kind::damaged;
        read.sentence = read::damage_sentence(reader_->path(), piece);
        reader_.reset();
        return read;
    }
    const bool numbered = piece.index != nullptr && piece.index->stream != 0;
    const bool expected =
        (piece.kind == Kind::lines || piece.kind == Kind::skipped) &&
        (piece.index != nullptr ? piece.index->hash : journal_files::hash_of(piece.frame)) == frame.hash &&
        (!numbered || (run_name(piece.index->stream) == run && piece.index->sequence == frame.sequence));
    if (!expected) {
        reader_.reset();
        return read;
    }
    read.kind = Read::Kind::lines;
    read.index = piece.index;
    if (piece.kind == Kind::lines) read.lines = piece.lines;
    next_offset_ = piece.offset + piece.bytes;
    return read;
}

}  // namespace wideline::delivery
