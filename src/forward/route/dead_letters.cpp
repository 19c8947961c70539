#include "forward/route/dead_letters.hpp"

#include <algorithm>

#include "forward/wall_time.hpp"
#include "journal/segment_name.hpp"
#include "journal/segment_tally.hpp"

namespace wideline::delivery {
namespace {

constexpr std::uint64_t kMostSegment = std::uint64_t{16} << 20;
constexpr std::int64_t kIdleNs = 60'000'000'000;
constexpr std::int64_t kTidyNs = 5'000'000'000;

}  // namespace

DeadLetters::DeadLetters(platform::FileSystem& files, platform::Clock& clock, std::string directory,
                         std::string forward, std::string target, Dead limits)
    : files_(files),
      clock_(clock),
      directory_(std::move(directory)),
      forward_(std::move(forward)),
      target_(std::move(target)),
      limits_(limits) {}

platform::Status DeadLetters::write(const std::vector<DeadLetter>& letters) {
    const std::lock_guard lock(mutex_);
    const std::string at = rfc3339(clock_.wall());
    std::string lines;
    for (const DeadLetter& letter : letters) lines += dead_letter_line(letter, forward_, target_, at);
    if (segment_ != nullptr && !segment_->usable()) segment_.reset();
    if (segment_ == nullptr) {
        auto made = LetterSegment::create(files_, clock_, directory_, forward_ + "." + target_);
        if (!made.ok()) return made.failure();
        segment_ = std::move(made.value());
    }
    if (platform::Status appended = segment_->append(std::move(lines)); !appended.ok()) {
        if (!segment_->usable()) segment_.reset();
        return appended;
    }
    written_ns_ = clock_.monotonic_ns();
    if (segment_->bytes() >= kMostSegment) close_segment();
    return {};
}

void DeadLetters::close_segment() {
    if (segment_ != nullptr) (void)segment_->close();
    segment_.reset();
}

void DeadLetters::close() {
    const std::lock_guard lock(mutex_);
    close_segment();
}

std::uint64_t DeadLetters::tidy() {
    const std::lock_guard lock(mutex_);
    const std::int64_t now = clock_.monotonic_ns();
    if (segment_ != nullptr && now - written_ns_ >= kIdleNs) close_segment();
    if (now - tidied_ns_ < kTidyNs) return 0;
    tidied_ns_ = now;
    const auto entries = files_.list(directory_);
    if (!entries.ok()) return 0;
    struct Old {
        journal_files::SegmentOrder order;
        platform::FileState state;
    };
    std::vector<Old> old;
    std::uint64_t bytes = 0;
    for (const platform::DirectoryEntry& entry : entries.value()) {
        if (!entry.name.ends_with(journal_files::kSegmentSuffix)) continue;
        const auto state = files_.state(directory_ + "/" + entry.name);
        if (!state.ok()) continue;
        bytes += state.value().bytes;
        old.push_back({journal_files::segment_order(entry.name), state.value()});
    }
    std::sort(old.begin(), old.end(), [](const Old& a, const Old& b) { return a.order < b.order; });
    std::uint64_t lost = 0;
    for (const Old& one : old) {
        const bool too_many = limits_.retain_bytes != 0 && bytes > limits_.retain_bytes;
        const bool too_old =
            limits_.retain_age.count() != 0 && clock_.wall() - one.state.modified >= limits_.retain_age;
        const std::string path = directory_ + "/" + one.order.name;
        if ((!too_many && !too_old) || (segment_ != nullptr && segment_->path() == path)) continue;
        const auto file = files_.open(path);
        if (!file.ok()) continue;
        if (const auto locked = file.value()->try_lock(); !locked.ok() || !locked.value()) continue;
        const auto tally = journal_files::tally_of(*file.value());
        if (!files_.remove(path).ok()) continue;
        bytes -= one.state.bytes;
        if (tally.ok()) lost += tally.value().held.events;
    }
    return lost;
}

DeadLetters::Held DeadLetters::held() const {
    Held held;
    const auto entries = files_.list(directory_);
    if (!entries.ok()) return held;
    for (const platform::DirectoryEntry& entry : entries.value()) {
        if (!entry.name.ends_with(journal_files::kSegmentSuffix)) continue;
        const auto file = files_.open(directory_ + "/" + entry.name);
        if (!file.ok()) continue;
        if (const auto state = file.value()->state(); state.ok()) held.bytes += state.value().bytes;
        if (const auto tally = journal_files::tally_of(*file.value()); tally.ok())
            held.letters += tally.value().held.events;
    }
    return held;
}

}  // namespace wideline::delivery
