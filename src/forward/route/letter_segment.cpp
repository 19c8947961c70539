#include "forward/route/letter_segment.hpp"

#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <new>

#include "journal/segment_name.hpp"
#include "platform/entropy.hpp"
#include "read/byte_window.hpp"
#include "read/segment_list.hpp"

namespace wideline::delivery {
namespace {

std::string compressed(std::string_view lines) {
    std::string frame(ZSTD_compressBound(lines.size()), '\0');
    ZSTD_CCtx* const context = ZSTD_createCCtx();
    if (context == nullptr) throw std::bad_alloc();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    const std::size_t size = ZSTD_compress2(context, frame.data(), frame.size(), lines.data(), lines.size());
    ZSTD_freeCCtx(context);
    if (ZSTD_isError(size) != 0) throw std::bad_alloc();
    frame.resize(size);
    return frame;
}

}  // namespace

LetterSegment::LetterSegment(std::unique_ptr<platform::File> file, std::string path)
    : writer_(std::move(file), std::move(path), Durability::machine) {
    platform::fill_random(&stream_, sizeof stream_);
}

platform::Result<std::unique_ptr<LetterSegment>> LetterSegment::create(platform::FileSystem& files,
                                                                       platform::Clock& clock,
                                                                       const std::string& directory,
                                                                       const std::string& service) {
    if (platform::Status made = files.make_private_directory(directory); !made.ok()) return made.failure();
    const auto start = std::chrono::floor<std::chrono::seconds>(clock.wall());
    const std::string safe = journal_files::safe_service_name(service);
    for (std::uint64_t number = 0;; ++number) {
        const std::string path = directory + "/" + journal_files::segment_name(safe, start, ::getpid(), number);
        auto file = files.create_private(path);
        if (!file.ok() && file.failure().error_number == EEXIST) continue;
        if (!file.ok()) return file.failure();
        if (const auto locked = file.value()->try_lock(); !locked.ok()) return locked.failure();
        if (platform::Status synced = files.sync_directory(directory); !synced.ok()) return synced.failure();
        return std::unique_ptr<LetterSegment>(new LetterSegment(std::move(file.value()), path));
    }
}

platform::Status LetterSegment::append(std::string lines) {
    const std::string frame = compressed(lines);
    const std::size_t size = lines.size();
    lines.append(read::kReadableBehind, '\0');
    journal_files::FrameIndex index = indexes_.rebuilt(std::string_view(lines).substr(0, size), frame);
    index.stream = stream_;
    index.sequence = sequence_;
    platform::Status appended = writer_.append(index, frame);
    if (appended.ok()) ++sequence_;
    return appended;
}

std::vector<std::string> closed_segments(platform::FileSystem& files, const std::string& directory) {
    std::vector<std::string> closed;
    const auto paths = read::segments_at(files, directory);
    if (!paths.ok()) return closed;
    for (const std::string& path : paths.value()) {
        const auto file = files.open(path);
        if (!file.ok()) continue;
        if (const auto written = file.value()->locked_by_other(); written.ok() && !written.value())
            closed.push_back(path);
    }
    return closed;
}

}  // namespace wideline::delivery
