#include "forward/progress/cursor_file.hpp"

#include <array>

#include <fmt/format.h>

#include "journal/frame_index.hpp"

namespace wideline::delivery {
namespace {

constexpr std::size_t kMostFile = std::size_t{16} << 20;

platform::Result<std::string> read_all(platform::File& file) {
    std::string bytes;
    std::array<char, kCursorBytes> part{};
    for (;;) {
        const auto got = file.read(part);
        if (!got.ok()) return got.failure();
        if (got.value() == 0 || bytes.size() > kMostFile) return bytes;
        bytes.append(part.data(), got.value());
    }
}

}  // namespace

CursorContent read_cursor(std::string_view bytes) {
    CursorContent best;
    if (bytes.size() < kCursorBytes) bytes = bytes.substr(0, bytes.size() / kSlotBytes * kSlotBytes);
    for (int slot = 0; slot < 2; ++slot) {
        const std::size_t at = static_cast<std::size_t>(slot) * kSlotBytes;
        if (at + kSlotBytes > bytes.size()) break;
        SlotContent found = read_slot(bytes.substr(at, kSlotBytes));
        if (found.kind == SlotContent::Kind::later_version) return {found.kind, {}, slot};
        if (found.kind == SlotContent::Kind::bad) continue;
        if (best.kind == SlotContent::Kind::good && best.cursor.generation >= found.cursor.generation) continue;
        best = {found.kind, std::move(found.cursor), slot};
    }
    return best;
}

std::string cursor_file_name(std::string_view run) {
    if (!run.starts_with(kNamePrefix)) return std::string(run) + std::string(kCursorSuffix);
    return fmt::format("{:016x}.name.cursor", journal_files::hash_of(run.substr(kNamePrefix.size())));
}

platform::Result<std::string> read_whole(platform::FileSystem& files, const std::string& path) {
    const auto file = files.open(path);
    if (!file.ok()) return file.failure();
    return read_all(*file.value());
}

platform::Result<CursorFile::Opened> CursorFile::open(platform::FileSystem& files, const std::string& path,
                                                      const std::string& run) {
    auto opened = files.open_in_place(path);
    if (!opened.ok()) return opened.failure();
    std::unique_ptr<CursorFile> cursor(new CursorFile(std::move(opened.value()), path));
    const auto locked = cursor->file_->try_lock();
    if (!locked.ok()) return locked.failure();
    Opened result;
    if (!locked.value()) return result;
    // Its last owner may have deleted it before we had the lock: the next try finds, or makes, another.
    const auto state = cursor->file_->state();
    if (!state.ok()) return state.failure();
    if (!state.value().in_place) return result;
    const auto bytes = read_all(*cursor->file_);
    if (!bytes.ok()) return bytes.failure();

    CursorContent content = read_cursor(bytes.value());
    if (content.kind == SlotContent::Kind::later_version) {
        result.opening = Opening::later_version;
        return result;
    }
    const bool other_run = content.kind == SlotContent::Kind::good && content.cursor.run != run;
    if (content.kind == SlotContent::Kind::good && !other_run) {
        cursor->saved_ = std::move(content.cursor);
        // Which slot the disk has is not known: what an earlier owner wrote last may not be there yet.
        if (const auto synced = cursor->file_->sync(); !synced.ok()) return synced.failure();
        cursor->synced_slot_ = content.slot;
    } else {
        result.lost = !bytes.value().empty();
        cursor->saved_.run = run;
        if (const auto written = cursor->write_both(cursor->saved_); !written.ok()) return written.failure();
    }
    result.opening = Opening::owned;
    result.file = std::move(cursor);
    return result;
}

platform::Status CursorFile::write_both(const Cursor& cursor) {
    saved_ = cursor;
    for (int slot = 0; slot < 2; ++slot) {
        ++saved_.generation;
        const auto written = file_->write_at(static_cast<std::uint64_t>(slot) * kSlotBytes, slot_of(saved_));
        if (!written.ok()) return written;
    }
    synced_slot_ = 1;
    return file_->sync();
}

platform::Status CursorFile::save(const Cursor& cursor) {
    const std::uint64_t generation = saved_.generation;
    Cursor next = cursor;
    next.generation = generation + 1;
    const int slot = 1 - synced_slot_;
    dirty_ = true;
    if (auto written = file_->write_at(static_cast<std::uint64_t>(slot) * kSlotBytes, slot_of(next)); !written.ok())
        return written;
    saved_ = std::move(next);
    return {};
}

platform::Status CursorFile::sync() {
    if (!dirty_) return {};
    if (auto synced = file_->sync(); !synced.ok()) return synced;
    synced_slot_ = 1 - synced_slot_;
    dirty_ = false;
    return {};
}

}  // namespace wideline::delivery
