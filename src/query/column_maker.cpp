#include "query/column_maker.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "platform/cores.hpp"
#include "read/lines.hpp"
#include "read/segment_reader.hpp"

namespace wideline::query {
namespace {

using platform::FileSystem;

/// A part has no more lines than this, in bytes, so that what must be written twice is bounded; segments of less than
/// the second are one part.
constexpr std::uint64_t kMostPart = 256 << 20;
constexpr std::uint64_t kLeastToSplit = 16 << 20;
/// One frame of so many is looked at for the first guess.
constexpr std::size_t kGuessedFrames = 16;
/// A file's times move by the clock's ticks, some milliseconds each. What was written into it within one of them cannot
/// be told apart.
constexpr std::int64_t kTick = 20'000'000;

/// Frames from `first` on, up to `last`, which is not among them; every one of `step`. Frames without an index are
/// wanted always, so where there are such there is one part.
Wanted frames(std::size_t first, std::size_t last, std::size_t step = 1) {
    return [=, number = std::size_t{0}](const auto&) mutable {
        const std::size_t here = number++;
        return here >= first && here < last && here % step == 0;
    };
}

struct Range {
    std::size_t first = 0;
    std::size_t last = static_cast<std::size_t>(-1);
};

/// In ranges of about as many lines each, one or more a thread.
/// `seen` becomes the segment's frames. One that has a frame twice is not put into columns.
std::vector<Range> ranges_of(const std::string& segment, std::size_t threads, read::SeenFrames& seen) {
    auto opened = read::SegmentReader::open(FileSystem::real(), segment);
    if (!opened.ok()) return {};
    std::vector<std::uint64_t> ends;  // Of each frame, in bytes of lines.
    bool twice = false;
    opened.value()->set_wanted([&](const auto& index) {
        twice = twice || seen.has(index);
        seen.add(index);
        ends.push_back((ends.empty() ? 0 : ends.back()) + index.raw_bytes);
        return false;
    });
    while (const auto piece = opened.value()->next())
        if (piece->kind == read::Piece::Kind::lines || piece->kind == read::Piece::Kind::damage) return {Range{}};
    if (ends.empty() || twice) return {};
    if (ends.back() < kLeastToSplit) return {Range{}};
    const std::uint64_t wanted = ends.back() / kMostPart + 1;
    const std::uint64_t parts = (wanted + threads - 1) / threads * threads;
    std::vector<Range> ranges;
    std::size_t first = 0;
    for (std::uint64_t part = 1; part <= parts; ++part) {
        const auto end = std::lower_bound(ends.begin(), ends.end(), ends.back() / parts * part);
        const std::size_t last = part == parts ? ends.size() : static_cast<std::size_t>(end - ends.begin());
        if (last > first) ranges.push_back({first, last});
        first = std::max(first, last);
    }
    return ranges;
}

/// One segment on its way.
struct Segment {
    std::string path;
    std::string place;
    std::uint64_t bytes = 0;
    std::vector<Range> ranges;
    read::SeenFrames frames;
    std::unique_ptr<CacheWriter> writer;
    std::vector<CachedPart> parts;
    MadeColumns made;

    std::mutex mutex;  // For what follows, and for `made` while threads write.
    std::vector<Column> columns;
    std::size_t unfinished_parts = 0;
    bool whole = true;

    void fail(platform::Failure why) {
        const std::lock_guard lock(mutex);
        made = {Columns::failed, std::move(why)};
        whole = false;
    }
};

class ColumnMaker {
public:
    ColumnMaker(Database& database, LineScan& scan, std::atomic<std::uint64_t>& bytes_read)
        : database_(database), scan_(scan), bytes_read_(bytes_read) {}

    std::vector<MadeColumns> make(const std::vector<std::string>& segments) {
        for (const std::string& path : segments) {
            segments_.push_back(std::make_unique<Segment>());
            begin(*segments_.back(), path);
        }
        run_all();
        std::vector<MadeColumns> made;
        for (const auto& segment : segments_) made.push_back(segment->made);
        return made;
    }

private:
    void begin(Segment& segment, const std::string& path) {
        FileSystem& files = FileSystem::real();
        segment.path = path;
        const auto place = cache_place_of(files, path);
        const auto state = files.state(path);
        if (!place || !state.ok() || !is_closed(files, path)) return;
        wait_for_tick(state.value());
        segment.made.outcome = Columns::there;
        if (cache_at(files, *place)) return;
        segment.made.outcome = Columns::not_whole;
        segment.place = *place;
        segment.bytes = state.value().bytes;
        segment.ranges = ranges_of(path, platform::search_threads(), segment.frames);
        if (segment.ranges.empty()) return;
        auto writer = CacheWriter::begin(files, path, *place);
        if (!writer.ok()) return segment.fail(writer.failure());
        segment.writer = std::move(writer.value());
        segment.parts.resize(segment.ranges.size());
        segment.unfinished_parts = segment.ranges.size();
        for (std::size_t part = 0; part < segment.ranges.size(); ++part) jobs_.emplace_back(&segment, part);
    }

    static void wait_for_tick(const platform::FileState& state) {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        const std::int64_t age = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count() - state.changed;
        if (age >= 0 && age < kTick) std::this_thread::sleep_for(std::chrono::nanoseconds(kTick - age));
    }

    void run_all() {
        if (jobs_.empty()) return;
        // Each thread here does all of its own statement: where DuckDB has threads, they would take it away, and this
        // one would spin until they are done.
        (void)database_.run("SET threads = 1").ok();
        platform::at_once(std::min<std::size_t>(platform::search_threads(), jobs_.size()),
                          [this](std::size_t) { run(); });
        (void)database_.run("RESET threads").ok();
    }

    void run() {
        auto database = database_.for_another_thread();
        for (std::size_t next = next_job_++; next < jobs_.size(); next = next_job_++) {
            auto& [segment, part] = jobs_[next];
            if (!database.ok())
                segment->fail(database.failure());
            else
                write(*database.value(), *segment, part);
            bytes_read_ += 2 * segment->bytes / segment->ranges.size();
            end_part(*segment);
        }
    }

    void end_part(Segment& segment) {
        {
            const std::lock_guard lock(segment.mutex);
            if (--segment.unfinished_parts != 0) return;
        }
        // No other thread has to do with the segment any more.
        if (segment.whole && !segment.columns.empty()) {
            const auto finished = segment.writer->finish({segment.parts, segment.frames.runs()});
            if (finished.ok())
                segment.made.outcome = Columns::made;
            else
                segment.fail(finished.failure());
        }
        segment.writer.reset();
    }

    void write(Database& database, Segment& segment, std::size_t part) {
        for (;;) {
            const std::vector<Column> columns = known_columns(segment);
            {
                const std::lock_guard lock(segment.mutex);
                if (!segment.whole) return;
            }
            if (columns.empty()) return;
            const auto learnt = std::make_shared<Learnt>(columns);
            const Range range = segment.ranges[part];
            const auto wanted = [range] { return frames(range.first, range.last); };
            const std::string table =
                scan_.table_of({{segment.path}, {}, wanted, columns, 0, 0, &bytes_counted_elsewhere_, learnt});
            auto written = segment.writer->write_part(database, part, table, columns);
            if (!written.ok()) return segment.fail(written.failure());
            if (!learn(segment, *learnt)) return;
            if (learnt->as_thought) {
                segment.parts[part] = {segment.writer->part_file(part), columns, learnt->events};
                return;
            }
        }
    }

    /// Those that are known already, or a guess.
    std::vector<Column> known_columns(Segment& segment) {
        const std::lock_guard lock(segment.mutex);
        if (segment.columns.empty()) {
            LineSource source(
                {segment.path}, frames(0, Range{}.last, kGuessedFrames), [](const std::string&) {},
                bytes_counted_elsewhere_);
            ColumnInference columns;
            for (OwnedLines lines; source.next(lines);)
                read::for_each_line(lines.view(), [&columns](std::string_view line) { columns.add(line); });
            segment.columns = columns.columns();
        }
        return segment.columns;
    }

    /// False where the segment is not to be put into columns.
    static bool learn(Segment& segment, const Learnt& learnt) {
        const std::lock_guard lock(segment.mutex);
        segment.whole = segment.whole && learnt.whole && !learnt.columns.too_many();
        merge_columns(segment.columns, learnt.columns.columns());
        segment.whole = segment.whole && segment.columns.size() <= ColumnInference::kMostColumns;
        return segment.whole;
    }

    Database& database_;
    LineScan& scan_;
    std::atomic<std::uint64_t>& bytes_read_;
    std::atomic<std::uint64_t> bytes_counted_elsewhere_{0};
    std::vector<std::unique_ptr<Segment>> segments_;
    std::vector<std::pair<Segment*, std::size_t>> jobs_;
    std::atomic<std::size_t> next_job_{0};
};

}  // namespace

std::vector<MadeColumns> make_columns(Database& database, LineScan& scan, const std::vector<std::string>& segments,
                                      std::atomic<std::uint64_t>& bytes_read) {
    return ColumnMaker(database, scan, bytes_read).make(segments);
}

}  // namespace wideline::query
