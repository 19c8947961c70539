#include "journal/run_merge.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include <nlohmann/json.hpp>
#include <wideline/wideline.hpp>

#include "catch.hpp"
#include "journal/faulty_files.hpp"
#include "journal/segment_name.hpp"
#include "journal/segment_writer.hpp"
#include "journal/test_batch.hpp"
#include "journal/test_clock.hpp"
#include "read/read_all.hpp"
#include "read/seen_frames.hpp"
#include "read/segment_list.hpp"

using namespace std::chrono_literals;
using namespace wideline;
using namespace wideline::journal_files;
using namespace wideline::testing_journal;
namespace fs = std::filesystem;

namespace {

/// What `count` runs of a job leave, one event each, a second apart.
void leave_runs(const std::string& directory, int count, const std::string& service = "cron") {
    for (int run = 0; run < count; ++run) {
        const std::string path =
            directory + "/" +
            segment_name(service, std::chrono::sys_seconds(std::chrono::seconds(1'700'000'000 + run)), 7, 0);
        auto file = platform::FileSystem::real().create(path);
        REQUIRE(file.ok());
        SegmentWriter writer(std::move(file.value()), path, Durability::process);
        const std::string line = event_line(run, run);
        FrameIndex index;
        index.stream = 1000 + static_cast<std::uint64_t>(run);
        index.events = 1;
        index.weight = 1;
        index.raw_bytes = line.size();
        index.least_time = index.greatest_time = (1'700'000'000 + run) * std::int64_t{1'000'000};
        index.sampled_away = {{"otherwise", 3}};
        index.totals = {{"job", false, 4, 0, {{100, 4}}}};
        REQUIRE(writer.append(std::move(index), TestBatch::compress(line)).ok());
        REQUIRE(writer.close().ok());
    }
}

/// The numbers of the events as readers take them, in their order: each frame once. What was sampled away is counted.
struct Found {
    std::vector<int> numbers;
    std::uint64_t away = 0;
};

Found found_in(const std::string& directory) {
    Found found;
    read::SeenFrames seen;
    const auto paths = read::segments_at(platform::FileSystem::real(), directory);
    REQUIRE(paths.ok());
    for (const std::string& path : paths.value()) {
        auto segment = read::SegmentReader::open(platform::FileSystem::real(), path);
        REQUIRE(segment.ok());
        while (const auto piece = segment.value()->next()) {
            REQUIRE(piece->kind != read::Piece::Kind::damage);
            if (piece->kind != read::Piece::Kind::lines) continue;
            REQUIRE(piece->index != nullptr);
            if (seen.has(*piece->index)) continue;
            seen.add(*piece->index);
            found.numbers.push_back(nlohmann::json::parse(piece->lines).at("number").get<int>());
            for (const auto& away : piece->index->sampled_away) found.away += away.requests;
        }
    }
    return found;
}

std::vector<int> first_numbers(int count) {
    std::vector<int> numbers;
    for (int i = 0; i < count; ++i) numbers.push_back(i);
    return numbers;
}

std::size_t merge(const std::string& directory, platform::FileSystem& files = platform::FileSystem::real(),
                  const JournalOptions& options = {}) {
    TestClock clock;
    return merge_ended_runs(directory, "cron", options, files, clock);
}

}  // namespace

TEST_CASE("Small segments of runs that are over become one file that has each event once, in order") {
    const TemporaryDirectory dir;
    leave_runs(dir.path(), 40);
    CHECK(merge(dir.path()) == 39);
    CHECK(dir.files().size() == 1);
    const Found found = found_in(dir.path());
    CHECK(found.numbers == first_numbers(40));
    CHECK(found.away == 120);
    CHECK(merge(dir.path()) == 0);
}

TEST_CASE("A few small segments are left as they are, and so are other services', held, damaged and unrecovered ones") {
    const TemporaryDirectory dir;
    leave_runs(dir.path(), 5);
    CHECK(merge(dir.path()) == 0);
    leave_runs(dir.path(), 12, "other");
    CHECK(merge(dir.path()) == 0);
    CHECK(dir.files().size() == 17);
    for (const std::string& path : dir.files()) fs::remove(path);

    leave_runs(dir.path(), 30);
    const std::vector<std::string> files = dir.files();
    auto held = platform::FileSystem::real().open(files[10]);
    REQUIRE(held.ok());
    REQUIRE(held.value()->try_lock().value());
    std::string damaged = contents_of(files[20]);
    damaged.resize(damaged.size() / 2);
    write_file(files[20], damaged);
    write_file(dir.path(".wideline-arenas-0000000000000401"), "{}");  // of run 25
    CHECK(merge(dir.path()) == 9 + 8 + 3 + 3);
    CHECK(fs::exists(files[10]));
    CHECK(contents_of(files[20]) == damaged);
    CHECK(fs::exists(files[25]));
}

TEST_CASE(
    "Whatever call of a merge of runs fails, or is its last, readers find each event once, and the next one goes on") {
    for (const auto fault : {FaultyFiles::Fault::one_call_fails, FaultyFiles::Fault::dies}) {
        int calls = 1;
        for (int call = 0; call <= calls; ++call) {  // 0: none fails, so that they are counted
            const TemporaryDirectory dir;
            leave_runs(dir.path(), 9);
            FaultyFiles files;
            files.fail_at(call, fault);
            (void)merge(dir.path(), files);
            calls = std::max(calls, files.calls());
            INFO("call " << call << " of " << calls);
            REQUIRE(found_in(dir.path()).numbers == first_numbers(9));
            (void)merge(dir.path());
            const Found found = found_in(dir.path());
            REQUIRE(std::set<int>(found.numbers.begin(), found.numbers.end()).size() == 9);
        }
        CHECK(calls > 30);
    }
}

TEST_CASE("Where retention goes by age, no old event gets into a younger file") {
    const TemporaryDirectory dir;
    leave_runs(dir.path(), 20);
    JournalOptions options;
    options.retain_age = std::chrono::hours(24 * 30);
    CHECK(merge(dir.path(), platform::FileSystem::real(), options) == 0);  // the events are years old
}

TEST_CASE("A job of many short runs leaves few files, and every run's event once, also when two start at once") {
    const TemporaryDirectory dir;
    constexpr int kRuns = 50;
    const auto run = [&](int number) {
        Recorder recorder{
            {.service = {.name = "cron"}, .sinks = {journal(dir.path())}, .memory = std::size_t{4} << 20}};
        Request request{"job", recorder};
        request.event().set("number", number);
    };
    for (int i = 0; i < kRuns; ++i) {
        std::jthread other([&] { run(2 * i); });
        run(2 * i + 1);
    }
    std::size_t segments = 0;
    for (const std::string& path : dir.files()) segments += path.ends_with(kSegmentSuffix) ? 1 : 0;
    CHECK(segments < 20);
    const Found found = found_in(dir.path());
    CHECK(found.numbers.size() == 2 * kRuns);
    CHECK(std::set<int>(found.numbers.begin(), found.numbers.end()).size() == 2 * kRuns);
}
