// Reading a segment that may be damaged
// =====================================
//
// The file should be [index][data] [index][data] … [seek table], each a zstd frame. It may also grow while it is read,
// end in the middle of a frame, have flipped bits anywhere, be two segments one after the other, or come from another
// program: then there are no indexes, frames have any size, and a line may begin in one frame and end in the next.
//
// What bounds a data frame is its own structure (each block says its length). The index before it is believed only
// where it matches its own hash, and says the same; so
//
//   - a bad index costs the index: the next frame is searched behind it, which is its data frame;
//   - a bad data frame costs that frame: the end comes from the index or from the frame's own blocks, whichever is
//     followed by another frame, and if neither is, the next frame is searched;
//   - searching looks for the magic numbers of data frame, index and seek table, and believes one only where the whole
//     frame is good (decompresses, matches its hash), because compressed data may hold those four bytes by chance.
//
// The seek table is not used here: a reader that goes from front to back does not need it.
//
// Sizes that a file claims are never allocated before they are checked against these limits. A frame beyond them is
// decompressed as a stream, in pieces, with the same lines coming out.
#include "read/segment_reader.hpp"

#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "journal/little_endian.hpp"
#include "journal/seek_table.hpp"
#include "read/event_line.hpp"
#include "read/lines.hpp"

namespace wideline::read {
namespace {

using journal_files::FrameIndex;
using journal_files::IndexRefusal;
using journal_files::kDataMagic;
using journal_files::kIndexMagic;
using journal_files::kSeekTableMagic;
using journal_files::kSkippableHeaderBytes;
using journal_files::little_endian_at;

constexpr std::size_t kMostLine = std::size_t{64} << 20;
constexpr int kMostWindowLog = sizeof(void*) == 8 ? 31 : 27;  // What zstd writes at most, and where it must be told.
constexpr std::size_t kStreamStep = std::size_t{1} << 20;
constexpr std::size_t kStreamReadAhead = std::size_t{256} << 10;
constexpr std::string_view kDataStart = "\x28\xB5\x2F\xFD";
constexpr std::string_view kGzipStart = "\x1F\x8B";
constexpr std::string_view kIndexStart = "\x57\x2A\x4D\x18";

/// Bytes that only compressed data has. Escape begins a colour.
bool is_no_text(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 &&
           std::string_view("\t\r\n\f\b\x1B\0", 7).find(c) == std::string_view::npos;
}

}  // namespace

platform::Result<std::unique_ptr<SegmentReader>> SegmentReader::open(platform::FileSystem& files,
                                                                     const std::string& path, std::uint64_t offset) {
    auto file = files.open(path);
    if (!file.ok()) return file.failure();
    if (offset != 0)
        if (const auto skipped = file.value()->skip(offset); !skipped.ok()) return skipped.failure();
    return resume(std::move(file.value()), path, offset);
}

platform::Result<std::unique_ptr<SegmentReader>> SegmentReader::resume(std::unique_ptr<platform::File> file,
                                                                       const std::string& path, std::uint64_t offset) {
    std::unique_ptr<SegmentReader> reader(new SegmentReader(std::move(file), path, offset));
    if (auto refusal = reader->recognise()) return platform::Failure{*refusal, {}, {}, 0};
    return reader;
}

std::unique_ptr<platform::File> SegmentReader::release(std::uint64_t offset) {
    return window_.go_back(offset) ? window_.release() : nullptr;
}

SegmentReader::SegmentReader(std::unique_ptr<platform::File> file, std::string path, std::uint64_t offset)
    : path_(std::move(path)),
      window_(std::move(file), offset),
      decoder_(ZSTD_createDCtx()),
      finder_(window_, decoder_) {
    if (decoder_ == nullptr) throw std::bad_alloc();
    // Of the memory that a window takes, no more is touched than the frame fills.
    ZSTD_DCtx_setParameter(decoder_, ZSTD_d_windowLogMax, kMostWindowLog);
}

SegmentReader::~SegmentReader() { ZSTD_freeDCtx(decoder_); }

std::optional<std::string> SegmentReader::recognise() {
    const std::string_view start = window_.peek(kMagicBytes);
    if (window_.failure()) return window_.failure()->sentence();
    if (start.size() >= kMagicBytes && is_frame(little_endian_at<std::uint32_t>(start, 0))) return std::nullopt;
    if (start.starts_with(kGzipStart))
        return path_ +
               " is compressed by gzip, which is not read: give `-`, and what zcat makes of it on standard input";
    // Cut off in its first four bytes, or not begun.
    if (kIndexStart.starts_with(start) || kDataStart.starts_with(start)) return std::nullopt;
    if (begins_as_lines()) {
        form_ = Form::plain;
        return std::nullopt;
    }
    // The first magic number may be what is damaged.
    first_damage_ = search_next_frame(window_.position(), "these bytes are no frame");
    if (!window_.peek(1).empty()) return std::nullopt;
    return path_ + " is not a segment: it is neither .jsonl.zst nor JSON lines";
}

/// Whether the first line begins an object, or one is an object and comes after nothing but other text: a banner, blank
/// lines, NUL bytes that were kept free. What comes before it is lines too, bad ones. Reads as far as it must, for a
/// pipe may bring no more.
bool SegmentReader::begins_as_lines() {
    constexpr std::size_t kMostBanner = std::size_t{64} << 10;
    constexpr std::string_view kBlank(" \t\r\n\0", 5);
    std::size_t line = 0;
    for (std::size_t wanted = 2 * kMagicBytes;; wanted *= 2) {
        const std::string_view ahead = window_.peek(wanted);
        const bool ends = ahead.size() < wanted;
        while (line < ahead.size()) {
            const std::string_view rest = without_mark(ahead.substr(line));
            const std::size_t first = rest.find_first_not_of(kBlank);
            if (first == std::string_view::npos) break;
            if (rest[first] == '{' && line == 0 && rest.find('\0') > first) return true;
            const std::size_t newline = rest.find('\n', first);
            if (rest[first] == '{' && (newline != std::string_view::npos || ends)) {
                EventLine reader({});
                if (reader.read(rest.substr(first, newline - first))) return true;
            }
            const std::string_view banner =
                rest.substr(first, newline == std::string_view::npos ? newline : newline - first);
            if (std::any_of(banner.begin(), banner.end(), is_no_text)) return false;
            if (newline == std::string_view::npos) break;
            line = ahead.size() - rest.size() + newline + 1;
        }
        if (ends) return ahead.find_first_not_of(" \t\r\n") == std::string_view::npos && !ahead.empty();
        if (wanted >= kMostBanner) return false;
    }
}

std::optional<Piece> SegmentReader::next() {
    if (!expects_writer_) return next_piece();
    const std::string carry = carry_;
    auto piece = next_piece();
    const bool unfinished =
        piece && piece->kind == Piece::Kind::damage && window_.peek(1).empty() && !window_.failure();
    if (!unfinished) return piece;
    if (is_being_written()) return std::nullopt;
    // It may have written the rest meanwhile, and closed the file. Nobody writes it now.
    if (std::exchange(looked_again_, true) || !window_.go_back(piece->offset)) return piece;
    carry_ = carry;
    return next_piece();
}

bool SegmentReader::is_being_written() {
    const auto locked = window_.file().locked_by_other();
    return locked.ok() && locked.value();
}

std::optional<Piece> SegmentReader::next_piece() {
    if (first_damage_) return std::exchange(first_damage_, std::nullopt);
    window_.consume(std::exchange(held_, 0));
    if (form_ == Form::plain) return read_plain();
    for (;;) {
        const std::uint64_t before = window_.position();
        const bool had_index = index_.has_value();
        if (streaming_) {
            if (auto piece = read_streamed()) return piece;
            continue;
        }
        if (window_.peek(1).empty()) return at_end();
        if (auto piece = step()) return piece;
        // Every step that gives nothing has consumed something; this would be an endless loop.
        if (window_.position() == before && index_.has_value() == had_index && !streaming_) return std::nullopt;
    }
}

/// Nothing where it went on without a piece to give.
std::optional<Piece> SegmentReader::step() {
    const std::string_view head = window_.peek(kMagicBytes);
    const std::uint64_t here = window_.position();
    if (head.size() < kMagicBytes) return search_next_frame(here, "the file ends within a frame");
    const auto magic = little_endian_at<std::uint32_t>(head, 0);
    if (magic == kDataMagic) return read_data();
    if (is_skippable(magic)) {
        if (index_) return drop_index("the index is not followed by its data frame");
        return read_skippable(magic);
    }
    if (index_) return broken_frame("the frame has a wrong magic number", 0);
    return search_next_frame(here, "these bytes are no frame");
}

std::optional<Piece> SegmentReader::at_end() {
    if (index_) return drop_index("the file ends after an index, before its data frame");
    if (window_.failure() && !std::exchange(failure_said_, true))
        return damage_to_here(window_.position(), window_.failure()->sentence());
    if (carry_.empty()) return std::nullopt;
    decoded_.assign(carry_.begin(), carry_.end());
    decoded_.resize(carry_.size() + kReadableBehind);
    Piece piece;
    piece.offset = window_.position();
    piece.lines = {decoded_.data(), carry_.size()};
    carry_.clear();
    return piece;
}

std::optional<Piece> SegmentReader::read_skippable(std::uint32_t magic) {
    const std::uint64_t here = window_.position();
    const std::string_view head = window_.peek(kSkippableHeaderBytes + journal_files::kIndexSignature.size());
    if (head.size() < kSkippableHeaderBytes) return search_next_frame(here, "the file ends within a frame");
    const std::uint64_t total = kSkippableHeaderBytes + std::uint64_t{little_endian_at<std::uint32_t>(head, 4)};
    const bool is_index = magic == kIndexMagic || journal_files::looks_like_index(head.substr(kSkippableHeaderBytes));
    if (total > kMostSkippable)
        return search_next_frame(here,
                                 is_index ? "the index is damaged" : "a skippable frame has an impossible length");
    const std::string_view bytes = window_.peek(static_cast<std::size_t>(total));
    if (bytes.size() < total) return search_next_frame(here, "the file ends within a frame");

    const std::string_view payload = bytes.substr(kSkippableHeaderBytes, total - kSkippableHeaderBytes);
    if (is_index) {
        if (magic != kIndexMagic) return search_next_frame(here, "the index has a wrong magic number");
        return read_index(payload, total);
    }
    const bool is_table = magic == kSeekTableMagic && journal_files::decode_seek_table(payload).has_value();
    // Nothing else vouches for its length.
    if (!is_table && !finder_.boundary_at(total))
        return search_next_frame(here, "a skippable frame is followed by what is no frame");
    Piece piece;
    piece.kind = Piece::Kind::skippable;
    piece.offset = here;
    piece.bytes = held_ = total;
    piece.magic = magic;
    piece.payload =
        window_.peek(static_cast<std::size_t>(total)).substr(kSkippableHeaderBytes, total - kSkippableHeaderBytes);
    return piece;
}

std::optional<Piece> SegmentReader::read_index(std::string_view payload, std::uint64_t total) {
    const std::uint64_t here = window_.position();
    auto decoded = journal_files::decode_index(payload);
    if (auto* index = std::get_if<FrameIndex>(&decoded)) {
        index_ = std::move(*index);
        index_offset_ = here;
        window_.consume(total);
        return std::nullopt;
    }
    auto& refusal = std::get<IndexRefusal>(decoded);
    // Its length may be what is wrong, so it is not believed.
    if (refusal.kind == IndexRefusal::Kind::damaged) return search_next_frame(here, std::move(refusal.reason));
    Piece piece;
    piece.kind = Piece::Kind::skippable;
    piece.offset = here;
    piece.bytes = held_ = total;
    piece.magic = kIndexMagic;
    piece.payload = payload;
    piece.reason = std::move(refusal.reason);
    return piece;
}

std::optional<Piece> SegmentReader::read_data() {
    if (index_ && wanted_ && !wanted_(*index_)) return skip_data();
    const std::string_view frame = index_ ? finder_.data_frame(index_->compressed_bytes) : finder_.data_frame();
    const std::string_view ahead = frame.empty() ? window_.peek(1) : frame;
    const auto content = ZSTD_getFrameContentSize(ahead.data(), ahead.size());
    if (index_ && !frame.empty() && (index_->compressed_bytes != frame.size() || index_->raw_bytes != content) &&
        finder_.at_whole_frame(index_->compressed_bytes))
        return drop_index("the index does not describe the frame after it");
    if (frame.empty()) {
        const bool more = ahead.size() >= kMostHeldFrame;
        if (index_ || !more) return broken_frame("the frame is cut off or damaged", 0);
    } else if (content == ZSTD_CONTENTSIZE_ERROR) {
        return broken_frame("the frame's header is damaged", frame.size());
    } else if (content != ZSTD_CONTENTSIZE_UNKNOWN && content <= kMostHeldContent) {
        const bool vouched_for = leaves_compressed_ && index_ && carry_.empty() && index_->raw_bytes == content &&
                                 index_->compressed_bytes == frame.size() &&
                                 index_->hash == journal_files::hash_of(frame);
        return vouched_for ? whole_frame(frame) : decompress_whole(frame, content);
    }
    index_.reset();
    streaming_ = true;
    ZSTD_DCtx_reset(decoder_, ZSTD_reset_session_only);
    return std::nullopt;
}

Piece SegmentReader::skip_data() {
    const std::uint64_t here = window_.position();
    window_.consume(index_->compressed_bytes);
    if (window_.position() - here < index_->compressed_bytes) {
        index_.reset();
        return damage_to_here(here, "the frame is cut off");
    }
    given_index_ = std::exchange(index_, std::nullopt);
    Piece piece;
    piece.kind = Piece::Kind::skipped;
    piece.offset = here;
    piece.bytes = given_index_->compressed_bytes;
    piece.index = &*given_index_;
    piece.index_offset = index_offset_;
    return piece;
}

Piece SegmentReader::whole_frame(std::string_view frame) {
    held_ = frame.size();
    given_index_ = std::exchange(index_, std::nullopt);
    Piece piece;
    piece.kind = Piece::Kind::compressed;
    piece.offset = window_.position();
    piece.bytes = frame.size();
    piece.frame = frame;
    piece.index = &*given_index_;
    piece.index_offset = index_offset_;
    return piece;
}

Piece SegmentReader::decompress_whole(std::string_view frame, std::uint64_t content_bytes) {
    const std::size_t content = static_cast<std::size_t>(content_bytes);
    if (decoded_.size() < carry_.size() + content + kReadableBehind)
        decoded_.resize(carry_.size() + content + kReadableBehind);
    std::copy(carry_.begin(), carry_.end(), decoded_.begin());
    const std::size_t got =
        ZSTD_decompressDCtx(decoder_, decoded_.data() + carry_.size(), content, frame.data(), frame.size());
    if (ZSTD_isError(got) != 0)
        return broken_frame(std::string("the frame does not decompress (") + ZSTD_getErrorName(got) + ")",
                            frame.size());

    const std::uint64_t here = window_.position();
    held_ = frame.size();
    const std::size_t filled = carry_.size() + got;
    given_index_ = std::exchange(index_, std::nullopt);
    Piece piece = lines_of(filled).value_or(Piece{});
    piece.offset = here;
    piece.bytes = frame.size();
    piece.frame = frame;
    if (given_index_) {
        piece.index = &*given_index_;
        piece.index_offset = index_offset_;
    }
    return piece;
}

/// Steps over a data frame that cannot be had. `claimed_bytes` is its length by its own blocks, 0 where they do not
/// say.
Piece SegmentReader::broken_frame(std::string_view reason, std::uint64_t claimed_bytes) {
    const std::uint64_t here = window_.position();
    const std::uint64_t indexed = index_ && index_->compressed_bytes <= kMostHeldFrame ? index_->compressed_bytes : 0;
    index_.reset();
    for (const std::uint64_t bytes : {indexed, claimed_bytes}) {
        if (bytes == 0 || !finder_.boundary_at(bytes)) continue;
        window_.consume(bytes);
        return damage_to_here(here, std::string(reason));
    }
    return search_next_frame(here, std::string(reason));
}

std::optional<Piece> SegmentReader::read_streamed() {
    if (decoded_.size() < carry_.size() + kStreamStep + kReadableBehind)
        decoded_.resize(carry_.size() + kStreamStep + kReadableBehind);
    std::copy(carry_.begin(), carry_.end(), decoded_.begin());
    ZSTD_outBuffer out{decoded_.data(), carry_.size() + kStreamStep, carry_.size()};
    while (out.pos < out.size && streaming_) {
        const std::string_view ahead = window_.peek(kStreamReadAhead);
        ZSTD_inBuffer in{ahead.data(), ahead.size(), 0};
        const std::size_t before = out.pos;
        const std::size_t left = ZSTD_decompressStream(decoder_, &out, &in);
        if (ZSTD_isError(left) != 0 || (in.pos == 0 && out.pos == before && left != 0)) {
            streaming_ = false;
            if (ahead.empty()) return search_next_frame(window_.position(), "the file ends within a frame");
            const bool failed = ZSTD_isError(left) != 0;
            return search_next_frame(window_.position(),
                                     std::string("a large frame does not decompress (") +
                                         (failed ? ZSTD_getErrorName(left) : "nothing comes of it") + ")");
        }
        window_.consume(in.pos);
        if (left == 0) streaming_ = false;
    }
    return lines_of(out.pos);
}

std::optional<Piece> SegmentReader::read_plain() {
    std::string_view ahead;
    std::size_t end = 0;
    for (std::size_t wanted = kStreamStep; wanted <= kMostLine; wanted *= 2) {
        ahead = window_.peek(wanted);
        const std::size_t newline = ahead.rfind('\n');
        end = ahead.size() < wanted ? ahead.size() : newline == std::string_view::npos ? 0 : newline + 1;
        if (end != 0 || ahead.empty()) break;
    }
    if (ahead.empty()) return at_end();
    if (end == 0) return skip_long_line();
    Piece piece;
    piece.offset = window_.position();
    piece.bytes = held_ = end;
    piece.lines = ahead.substr(0, end);
    return piece;
}

Piece SegmentReader::skip_long_line() {
    const std::uint64_t here = window_.position();
    for (;;) {
        const std::string_view ahead = window_.peek(kStreamStep);
        const std::size_t newline = ahead.find('\n');
        window_.consume(newline == std::string_view::npos ? ahead.size() : newline + 1);
        if (newline != std::string_view::npos || ahead.empty()) break;
    }
    return damage_to_here(here, "a line is longer than 64 MiB");
}

std::optional<Piece> SegmentReader::lines_of(std::size_t filled) {
    std::string_view all(decoded_.data(), filled);
    if (in_long_line_) {
        const std::size_t begin = all.find('\n');
        all.remove_prefix(begin == std::string_view::npos ? all.size() : begin + 1);
        in_long_line_ = begin == std::string_view::npos;
    }
    const std::size_t newline = all.rfind('\n');
    const std::size_t end = newline == std::string_view::npos ? 0 : newline + 1;
    carry_.assign(all.substr(end));
    if (end == 0 && carry_.size() > kMostLine) {
        carry_.clear();
        in_long_line_ = true;
        return damage_to_here(window_.position(), "a line is longer than 64 MiB");
    }
    if (end == 0) return std::nullopt;
    Piece piece;
    piece.offset = window_.position();
    piece.lines = all.substr(0, end);
    return piece;
}

std::optional<Piece> SegmentReader::drop_index(std::string reason) {
    index_.reset();
    Piece piece = damage_to_here(index_offset_, std::move(reason));
    return piece;
}

/// Damage from `from` up to where the reader stands.
Piece SegmentReader::damage_to_here(std::uint64_t from, std::string reason) {
    Piece piece;
    piece.kind = Piece::Kind::damage;
    piece.offset = from;
    piece.bytes = window_.position() - from;
    piece.reason = std::move(reason);
    if (!carry_.empty()) piece.reason += "; the line begun before it is lost";
    carry_.clear();
    return piece;
}

/// Goes to the next frame that is good as a whole, or to the end of the file.
Piece SegmentReader::search_next_frame(std::uint64_t from, std::string reason) {
    if (index_) from = index_offset_;
    index_.reset();
    finder_.go_to_next();
    return damage_to_here(from, std::move(reason));
}

std::string damage_sentence(const std::string& path, const Piece& piece) {
    std::string sentence = path + " at byte " + std::to_string(piece.offset) + ": " + piece.reason;
    if (piece.bytes != 0) sentence += " (" + std::to_string(piece.bytes) + " bytes left out)";
    return sentence;
}

}  // namespace wideline::read
