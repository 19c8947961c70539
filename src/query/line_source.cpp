#include "query/line_source.hpp"

#include <algorithm>
#include <cerrno>

#include "encoding/json_number.hpp"
#include "read/byte_window.hpp"
#include "read/lines.hpp"

namespace wideline::query {

void OwnedLines::assign(std::string_view lines) {
    if (bytes_.size() < lines.size() + read::kReadableBehind) bytes_.resize(lines.size() + read::kReadableBehind);
    lines.copy(bytes_.data(), lines.size());
    std::fill_n(bytes_.begin() + static_cast<std::ptrdiff_t>(lines.size()), read::kReadableBehind, '\0');
    size_ = lines.size();
}

void OwnedLines::assign(std::string_view lines, read::LossCorrection& correction) {
    std::string made;
    read::for_each_line(lines, [&](std::string_view line) {
        const auto weight = correction.weight_of(line);
        const std::size_t end = line.rfind('}');
        const bool fits = weight && end != std::string_view::npos && line.find(':') < end;
        made += line.substr(0, fits ? end : line.size());
        if (!fits) return;
        char digits[json_text::kNumberBound];
        made.append(",\"").append(kCorrectedWeight).append("\":");
        made.append(digits, json_text::write_double(digits, *weight)).append(line.substr(end));
    });
    assign(made);
}

LineSource::LineSource(std::vector<std::string> segments, Wanted wanted, Complain complain,
                       std::atomic<std::uint64_t>& bytes_read, read::SeenFrames seen)
    : seen_(std::move(seen)),
      segments_(std::move(segments)),
      wanted_(std::move(wanted)),
      complain_(std::move(complain)),
      bytes_read_(bytes_read) {}

bool LineSource::next(OwnedLines& into) {
    const std::lock_guard lock(mutex_);
    for (;;) {
        if (reader_ == nullptr) {
            if (next_segment_ == segments_.size()) return false;
            auto opened = read::SegmentReader::open(platform::FileSystem::real(), segments_[next_segment_++]);
            if (!opened.ok()) {
                // It was there a moment ago: retention deletes segments while we read.
                if (opened.failure().error_number == ENOENT) continue;
                complain_(opened.failure().sentence());
                continue;
            }
            reader_ = std::move(opened.value());
            reader_->expect_writer();
            reader_->count_into(bytes_read_);
            reader_->set_wanted(wanted_);
        }
        const auto piece = reader_->next();
        if (!piece) {
            reader_.reset();
            continue;
        }
        if (piece->index != nullptr) {
            if (seen_.has(*piece->index)) continue;
            seen_.add(*piece->index);
        }
        if (piece->kind == read::Piece::Kind::lines) {
            correction_.begin(read::lost_of(piece->index), piece->lines);
            if (correction_.any())
                into.assign(piece->lines, correction_);
            else
                into.assign(piece->lines);
            into.number = next_number_++;
            return true;
        } else if (piece->kind == read::Piece::Kind::damage) {
            complain_(read::damage_sentence(reader_->path(), *piece));
        }
    }
}

}  // namespace wideline::query
