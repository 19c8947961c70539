#include "journal/journal_sink.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <stdexcept>

#include "journal/segment_name.hpp"

namespace wideline {
namespace journal_files {
namespace {

using platform::Failure;
using platform::Result;
using platform::Status;

constexpr std::uint64_t kLeastSegmentBytes = 64 << 10;
// Another journal of this process may have taken a name in the same second. So many would not have.
constexpr int kMostNamesTried = 1000;

FrameIndex index_of(const Batch& batch) {
    FrameIndex index;
    index.stream = batch.stream();
    index.sequence = batch.sequence();
    index.events = batch.events();
    index.errors = batch.errors();
    index.weight = batch.weight();
    index.least_time = batch.first().time_since_epoch().count();
    index.greatest_time = batch.last().time_since_epoch().count();
    index.raw_bytes = batch.json_lines().size();
    for (const SampledAway& away : batch.sampled_away())
        index.sampled_away.push_back({std::string(away.rule), away.requests});
    return index;
}

}  // namespace

JournalSink::JournalSink(std::string directory, JournalOptions options, platform::FileSystem& files)
    : directory_(std::move(directory)), options_(options), files_(files), service_(safe_service_name({})) {
    if (directory_.empty()) throw std::invalid_argument("wideline::journal: the directory's name is empty");
    options_.segment_bytes = std::max(options_.segment_bytes, kLeastSegmentBytes);
}

JournalSink::~JournalSink() {
    if (segment_) (void)segment_->close();
}

void JournalSink::open(const Service& service) {
    service_ = safe_service_name(service.name);
    files_.make_directories(directory_).raise_if_failed();
    prove_writable().raise_if_failed();
}

void JournalSink::deliver(const Batch& batch) {
    const std::string_view frame = batch.zstd_frame();
    if (frame.empty()) Failure{"no memory to compress a batch for", directory_, {}, ENOMEM}.raise();
    make_room();
    segment_->append(index_of(batch), frame).raise_if_failed();
}

void JournalSink::close() {
    if (!segment_) return;
    const auto segment = std::move(segment_);
    segment->close().raise_if_failed();
}

/// Leaves a segment that takes another pair. The new one is opened before the old one is closed, and an old one that is
/// only full goes on where no new one can be opened.
void JournalSink::make_room() {
    const bool usable = segment_ && segment_->usable();
    if (usable && segment_->bytes() < options_.segment_bytes) return;
    auto fresh = open_segment();
    if (!fresh.ok()) {
        if (usable) return;
        fresh.failure().raise();
    }
    // Nothing is lost where this fails: what the old segment has, it has; it only lacks its seek table.
    if (segment_) (void)segment_->close();
    segment_ = std::move(fresh.value());
}

Result<std::unique_ptr<SegmentWriter>> JournalSink::open_segment() {
    // Someone may have removed the directory since.
    if (Status made = files_.make_directories(directory_); !made.ok()) return made.failure();
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    for (int tried = 0;; ++tried) {
        const std::string path = directory_ + "/" + segment_name(service_, now, ::getpid(), next_number_++);
        auto file = files_.create(path);
        if (file.ok()) return std::make_unique<SegmentWriter>(std::move(file.value()), path);
        if (file.failure().error_number != EEXIST || tried == kMostNamesTried) return file.failure();
    }
}

/// By a file with bytes in it, for a full disk still makes empty ones. Hidden, and no segment by its name, should the
/// process be killed before it is removed.
Status JournalSink::prove_writable() {
    static std::atomic<unsigned> probes = 0;  // Two journals of this process may open the same directory at once.
    const std::string probe =
        directory_ + "/.wideline-probe-" + std::to_string(::getpid()) + "-" + std::to_string(probes++);
    (void)files_.remove(probe);  // Left by a killed process that had the same pid.
    Status proved = prove_writable_by(probe);
    Status removed = files_.remove(probe);
    return proved.ok() ? removed : proved;
}

Status JournalSink::prove_writable_by(const std::string& probe) {
    auto file = files_.create(probe);
    if (!file.ok())
        return Failure{"cannot write into the journal directory", directory_, {}, file.failure().error_number};
    if (Status written = file.value()->append("wideline\n"); !written.ok())
        return Failure{"cannot write into the journal directory", directory_, {}, written.failure().error_number};
    return file.value()->close();
}

}  // namespace journal_files

SinkPtr journal(std::string directory, JournalOptions options) {
    return std::make_shared<journal_files::JournalSink>(std::move(directory), options, platform::FileSystem::real());
}

}  // namespace wideline
