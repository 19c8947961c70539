#include "read/event_search.hpp"

#include <memory>

#include "journal/lost_section.hpp"
#include "platform/cores.hpp"
#include "read/frame_search.hpp"

namespace wideline::read {
namespace {

template <class Job>
EventSearch::Found search(FrameSearch& frame, Job& job) {
    EventSearch::Found found;
    std::optional<std::string_view> lines;
    if (job.content_bytes) {
        lines = frame.decompress(job.bytes, *job.content_bytes);
        if (!lines) found.damage = job.place + ": the frame does not decompress";
    } else {
        const std::size_t size = job.bytes.size();
        job.bytes.append(kReadableBehind, '\0');
        lines = std::string_view(job.bytes).substr(0, size);
    }
    if (lines && job.lost.empty()) {
        frame.search(*lines, job.wanted, found.padded, found.count);
    } else if (lines) {
        frame.search(*lines, job.lost, job.wanted, found.padded, found.factors);
        found.count = found.factors.size();
    }
    found.without_time = frame.take_without_time();
    found.padded.append(kReadableBehind, '\0');
    return found;
}

}  // namespace

EventSearch::EventSearch(const Match& match, const Selection::Bounds& bounds, SegmentInput& input)
    : input_(input), selection_(bounds), work_(platform::search_threads(), [&] {
          auto frame = std::make_shared<FrameSearch>(match, bounds);
          return [frame](Job& job) { return search(*frame, job); };
      }) {
    input_.set_wanted([selection = std::make_shared<Selection>(bounds), &match](const auto& index) {
        return selection->of(&index) != Share::none && match.may_hold(index);
    });
    input_.leave_compressed();
}

std::optional<EventSearch::Found> EventSearch::next() {
    while (!ended_ && work_.wants_more()) ended_ = !add_job();
    auto found = work_.take();
    if (found && !found->damage.empty()) input_.report(found->damage);
    return found;
}

std::vector<LostEvents> EventSearch::note_losses(const journal_files::FrameIndex* index) {
    const auto lost = lost_of(index);
    journal_files::add(lost, lost_);
    return {lost.begin(), lost.end()};
}

bool EventSearch::add_job() {
    while (const auto piece = input_.next()) {
        const Share wanted = selection_.of(piece->index);
        if (wanted == Share::none) continue;
        if (piece->kind == Piece::Kind::lines) {
            work_.add({std::string(piece->lines), std::nullopt, wanted, {}, note_losses(piece->index)});
            return true;
        }
        if (piece->kind == Piece::Kind::compressed) {
            work_.add({std::string(piece->frame), static_cast<std::size_t>(piece->index->raw_bytes), wanted,
                       input_.segment().path() + " at byte " + std::to_string(piece->offset),
                       note_losses(piece->index)});
            return true;
        }
    }
    return false;
}

}  // namespace wideline::read
