// How each event comes to be written exactly once
// ===============================================
//
// A frame may be in a segment while the arenas of its events still look full: the process died before it gave them
// back. So the pipeline, before it writes a frame, leaves the frame's sequence number in the arena of each event that
// goes into it, and recovery asks the segments whether they have that frame:
//
//     arena says            segments have it     the event
//     unused                                     was delivered, sampled away or discarded
//     kept, no frame                             goes into a frame of its own
//     kept, frame 17        no                   goes into frame 17, with all others that say so
//     kept, frame 17        yes                  is there already
//     open                  as for kept          the same, with the outcome `crashed`
//
// A frame that the disk did not take may lie in the arenas as a whole (event/frame_part.hpp), while those of its events
// still look full, for they were given back after it. Such frames are written first. From then on the segments have
// them, and the table holds.
//
// Recovery does as the pipeline did: it numbers what has no number, stores the numbers in the arenas, and then writes
// the frame. So it may be killed at any point and run again. Two at once cannot be: who recovers holds the file's lock.
//
// When all is written, the note that told of the arenas becomes an unfinished one, then the arenas are removed, then
// it.
#include "journal/recovery.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <new>
#include <numeric>

#include "event/recovered_arenas.hpp"
#include "event/recovered_frames.hpp"
#include "journal/batch_index.hpp"
#include "journal/frame_pair.hpp"
#include "journal/index_walk.hpp"
#include "journal/kept_arenas.hpp"
#include "journal/segment_name.hpp"
#include "journal/segment_series.hpp"
#include "journal/unfinished_file.hpp"
#include "pipeline/event_encoder.hpp"
#include "pipeline/event_form.hpp"
#include "pipeline/frame_batch.hpp"

namespace wideline::journal_files {

using detail::OpenEvent;
using platform::Failure;
using platform::Result;
using platform::Status;

namespace {

constexpr std::size_t kFrameBytes = std::size_t{1} << 20;

/// The sequence numbers of one stream that a directory's segments have.
class FramesThere {
public:
    /// Fails where a segment cannot be read: what is in it would be written twice.
    Status look(const std::string& directory, std::uint64_t stream, platform::FileSystem& files) {
        const auto entries = files.list(directory);
        if (!entries.ok()) return entries.failure();
        for (const platform::DirectoryEntry& entry : entries.value()) {
            if (entry.directory || !entry.name.ends_with(kSegmentSuffix)) continue;
            auto file = files.open(directory + "/" + entry.name);
            if (!file.ok() && file.failure().error_number == ENOENT) continue;  // retention took it meanwhile
            if (!file.ok()) return file.failure();
            Status walked = walk_indexes(*file.value(), [&](const FrameIndex& index) {
                if (index.stream == stream) add(index);
            });
            if (!walked.ok()) return walked;
        }
        return {};
    }
    void add(const FrameIndex& index) {
        ranges_.emplace_back(index.sequence, index.sequence + std::max<std::uint64_t>(1, index.sequences));
    }
    [[nodiscard]] bool has(std::uint64_t sequence) const {
        return std::any_of(ranges_.begin(), ranges_.end(),
                           [&](const auto& range) { return range.first <= sequence && sequence < range.second; });
    }
    /// The one after the last.
    [[nodiscard]] std::uint64_t next() const {
        std::uint64_t next = 0;
        for (const auto& range : ranges_) next = std::max(next, range.second);
        return next;
    }

private:
    std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges_;
};

/// Writes one process's events.
class Writer {
public:
    Writer(const std::string& directory, const JournalOptions& options, platform::FileSystem& files,
           platform::Clock& clock, std::uint64_t stream, const pipeline::EventForm& form)
        : segments_(directory, safe_service_name(form.service.name), options, files, clock),
          encoder_(form.options, form.service, form.rules),
          batch_(stream, kFrameBytes) {}

    /// Frames that were compressed before the process died.
    Status write(const detail::RecoveredFrames& frames, FramesThere& there) {
        for (const auto& frame : frames.frames()) {
            if (there.has(frame.sequence)) continue;
            const std::string text = frame.bytes();
            const auto pair = pair_of_text(text);
            if (!pair || pair->index.stream != batch_.stream() || pair->index.sequence != frame.sequence) continue;
            if (Status written = segments_.append(pair->index, pair->data_frame); !written.ok()) return written;
            there.add(pair->index);
            finished += pair->index.events;
        }
        return {};
    }

    Status write(const std::vector<OpenEvent*>& events, const FramesThere& there) {
        std::map<std::uint64_t, std::vector<OpenEvent*>> numbered;
        std::vector<OpenEvent*> fresh;
        std::uint64_t next = there.next();
        for (OpenEvent* const event : events) {
            const std::uint64_t frame = event->fate().frame;
            if (frame == 0) {
                fresh.push_back(event);
                continue;
            }
            next = std::max(next, frame);
            if (!there.has(frame - 1)) numbered[frame - 1].push_back(event);
        }
        for (const auto& [sequence, of_frame] : numbered) {
            for (OpenEvent* const event : of_frame) put(*event);
            if (Status written = end_frame(sequence); !written.ok()) return written;
        }
        for (OpenEvent* const event : fresh) {
            const std::size_t before = batch_.lines().size();
            put(*event);
            if (before == 0 || batch_.lines().size() <= kFrameBytes) continue;
            take_back(before);
            if (Status written = end_frame(next++); !written.ok()) return written;
            put(*event);
        }
        if (!in_frame_.empty())
            if (Status written = end_frame(next); !written.ok()) return written;
        return segments_.close();
    }

    std::uint64_t finished = 0;
    std::uint64_t crashed = 0;
    std::uint64_t not_hashed = 0;

private:
    void put(OpenEvent& event) {
        encoder_.encode(event, batch_.lines());
        not_hashed_.push_back(encoder_.taken().not_hashed());
        in_frame_.push_back(&event);
        pairs_.emplace_back(encoder_.pairs().begin(), encoder_.pairs().end());
    }

    void take_back(std::size_t lines_before) {
        batch_.lines().cut(lines_before);
        in_frame_.pop_back();
        not_hashed_.pop_back();
        pairs_.pop_back();
    }

    Status end_frame(std::uint64_t sequence) {
        for (std::size_t i = 0; i < in_frame_.size(); ++i) {
            in_frame_[i]->fate().frame = sequence + 1;
            batch_.count(*in_frame_[i], pairs_[i]);
        }
        batch_.seal({}, {}, std::nullopt);
        if (batch_.zstd_frame().empty()) throw std::bad_alloc();
        FrameIndex index = index_of(batch_, filter_);
        index.sequence = sequence;
        Status written = segments_.append(index, batch_.zstd_frame());
        for (const OpenEvent* const event : written.ok() ? in_frame_ : std::vector<OpenEvent*>{})
            ++(event->fate().outcome == detail::Outcome::crashed ? crashed : finished);
        if (written.ok()) not_hashed = std::accumulate(not_hashed_.begin(), not_hashed_.end(), not_hashed);
        in_frame_.clear();
        not_hashed_.clear();
        pairs_.clear();
        batch_.clear();
        return written;
    }

    SegmentSeries segments_;
    pipeline::EventEncoder encoder_;
    pipeline::FrameBatch batch_;
    PairFilterBuilder filter_;
    std::vector<OpenEvent*> in_frame_;
    std::vector<std::uint64_t> not_hashed_;  // by event
    std::vector<std::vector<std::uint64_t>> pairs_;
};

/// Those that `from` has for the same patterns.
void take_secrets(Redaction& to, const Redaction& from) {
    to.replace_secrets([&](const Redaction::Rule& rule) {
        for (const Redaction::Rule& one : from.rules())
            if (one.action == rule.action && one.pattern == rule.pattern) return one.secret;
        return Secret();
    });
}

/// Rules may be named by numbers that a damaged arena made up.
void keep_within(std::vector<OpenEvent*> events, std::size_t rules) {
    for (OpenEvent* const event : events)
        if (event->fate().rule >= rules && event->fate().rule != detail::RequestFate::kRetroactive)
            event->fate().rule = 0;
}

}  // namespace

Recovery recover_arenas(const std::string& directory, const JournalOptions& options, platform::FileSystem& files,
                        platform::Clock& clock, const Redaction& redaction) {
    Recovery recovery;
    remove_unfinished_files(files, directory);
    KeptArenas::remove_unfinished(directory, files);
    auto notes = KeptArenas::in(directory, files);
    if (!notes.ok()) {
        recovery.problems.push_back(notes.failure().sentence());
        return recovery;
    }
    for (const KeptArenas& kept : notes.value()) {
        auto opened = kept.open();
        if (!opened.ok()) {
            const Failure& failure = opened.failure();
            if (failure.error_number == EWOULDBLOCK) continue;
            if (failure.error_number == ENOENT && kept.were_here()) {
                (void)kept.remove();
                continue;
            }
            recovery.problems.push_back(failure.sentence() + " (named by " + kept.note() + ")");
            continue;
        }
        detail::ArenaFile& arenas = *opened.value();
        detail::RecoveredArenas left(arenas);
        pipeline::EventForm form = pipeline::parse_form(arenas.form());
        if (form.rules.empty()) form.rules.emplace_back("error");
        keep_within(left.events(), form.rules.size());
        take_secrets(form.options.redact, redaction);

        Writer writer(directory, options, files, clock, arenas.stream(), form);
        FramesThere there;
        Status written = there.look(directory, arenas.stream(), files);
        if (written.ok()) written = writer.write(detail::RecoveredFrames(arenas), there);
        if (written.ok()) written = writer.write(left.events(), there);
        recovery.finished += writer.finished;
        recovery.crashed += writer.crashed;
        recovery.not_hashed += writer.not_hashed;
        if (written.ok()) written = kept.remove();
        if (written.ok())
            ++recovery.processes;
        else
            recovery.problems.push_back(written.failure().sentence());
    }
    return recovery;
}

}  // namespace wideline::journal_files
