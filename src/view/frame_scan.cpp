#include "view/frame_scan.hpp"

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "platform/cores.hpp"
#include "read/segment_reader.hpp"

namespace wideline::view {
namespace {

/// A sentence about what is damaged; empty where nothing is.
std::string read_frame(platform::FileSystem& files, const Frame& frame, Search& search, FrameTaker& taker) {
    std::string damage;
    auto opened = read::SegmentReader::open(files, *frame.path, frame.offset);
    if (!opened.ok()) return damage;
    read::SegmentReader& reader = *opened.value();
    reader.set_wanted([&](const auto& index) { return search.may_want(index); });
    while (const auto piece = reader.next()) {
        if (piece->index != nullptr && piece->index_offset != frame.offset) return damage;
        if (piece->kind == read::Piece::Kind::lines) {
            search.begin_frame(piece->index, piece->lines);
            taker.take_lost(search.left_of(piece->index));
            search.for_each(piece->lines,
                            [&](const EventFacts& facts, std::string_view line) { taker.take(facts, line); });
        }
        if (piece->kind == read::Piece::Kind::damage) damage = read::damage_sentence(*frame.path, *piece);
        if (frame.indexed && piece->bytes != 0) return damage;
    }
    return damage;
}

}  // namespace

std::vector<std::string> scan(platform::FileSystem& files, std::span<const Frame> frames, const Search::Terms& terms,
                              const std::function<std::unique_ptr<FrameTaker>()>& make_taker,
                              const std::function<bool(const Frame& next)>& go_on) {
    std::mutex mutex;
    std::size_t next = 0;
    const Search outlook(terms);
    std::exception_ptr failure;
    std::vector<std::string> problems;
    const auto read_frames = [&] {
        Search search(terms);
        const std::unique_ptr<FrameTaker> taker = make_taker();
        for (;;) {
            const Frame* frame = nullptr;
            {
                const std::lock_guard lock(mutex);
                while (next < frames.size() &&
                       !outlook.may_want(frames[next].least_time, frames[next].greatest_time, frames[next].errors))
                    ++next;
                if (failure || next == frames.size() || !go_on(frames[next])) return;
                frame = &frames[next++];
            }
            std::string damage = read_frame(files, *frame, search, *taker);
            const std::lock_guard lock(mutex);
            if (!damage.empty() && problems.size() < FrameCatalogue::kMostProblems)
                problems.push_back(std::move(damage));
            taker->end_frame();
        }
    };
    // A regular expression can be too much for a line, and memory can end.
    const auto work = [&] {
        try {
            read_frames();
        } catch (...) {
            const std::lock_guard lock(mutex);
            failure = std::current_exception();
        }
    };
    const std::size_t threads = platform::search_threads();
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < std::min(threads, frames.size()); ++i) others.emplace_back(work);
    work();
    others.clear();  // Joins them.
    if (failure) std::rethrow_exception(failure);
    return problems;
}

}  // namespace wideline::view
