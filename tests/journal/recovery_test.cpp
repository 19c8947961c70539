// A dead process is a copy of a living one's journal: its note, its arenas, its segments, and nobody's lock.
#include "journal/recovery.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <thread>

#include <nlohmann/json.hpp>
#include <wideline/detail/arena.hpp>
#include <wideline/wideline.hpp>

#include "catch.hpp"
#include "journal/faulty_files.hpp"
#include "journal/journal_sink.hpp"
#include "journal/test_batch.hpp"
#include "journal/test_clock.hpp"

using namespace wideline;
using namespace std::chrono_literals;
using namespace testing_journal;
using journal_files::JournalSink;
using journal_files::recover_arenas;
using journal_files::Recovery;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// Lives as long as the process, as what a recorder leaves may.
FaultyFiles& container() {
    static FaultyFiles files;
    return files;
}

/// Writes into a journal whose arenas lie in its directory; what was kept is delivered when a test says so.
struct Living {
    explicit Living(const std::string& directory, TailSampler sampler = {}, RetainDropped retain = {},
                    FaultyFiles& files = container())
        : recorder(Options{.service = {.name = "shop", .version = "1.2", .environment = "test", .instance = "here"},
                           .sampler = std::move(sampler),
                           .sinks = {std::make_shared<JournalSink>(directory, JournalOptions{}, files)},
                           .defaults = {{"region", "north"}, {"ratio", 0.5}},
                           .limits = {.string_bytes = 64 << 10},
                           .memory = std::size_t{4} << 20,
                           .schema_version = 7,
                           .retain_dropped = retain,
                           .flush_interval = 1h}) {}

    Recorder recorder;
};

void copy(const std::string& from, const std::string& to, bool segments) {
    fs::create_directories(to);
    for (const auto& entry : fs::directory_iterator(from)) {
        if ((entry.path().extension() == ".zst") != segments) continue;
        fs::copy_file(entry.path(), to + "/" + entry.path().filename().string(), fs::copy_options::overwrite_existing);
    }
}

void copy(const std::string& from, const std::string& to) {
    copy(from, to, false);
    copy(from, to, true);
}

Recovery recover(const std::string& directory, platform::FileSystem& files = platform::FileSystem::real()) {
    TestClock clock;
    return recover_arenas(directory, {}, files, clock);
}

std::vector<Json> events_in(const std::string& directory) {
    std::vector<Json> events;
    TemporaryDirectory out;
    for (const auto& entry : fs::directory_iterator(directory)) {
        if (entry.path().extension() != ".zst") continue;
        // The reader that any other program is.
        const std::string lines = out.path("lines");
        REQUIRE(std::system(("zstd -dcqf '" + entry.path().string() + "' >'" + lines + "' 2>/dev/null").c_str()) >= 0);
        std::ifstream in(lines);
        for (std::string line; std::getline(in, line);)
            if (Json event = Json::parse(line, nullptr, false); event.is_object()) events.push_back(std::move(event));
    }
    return events;
}

std::map<int, Json> by_number(const std::vector<Json>& events) {
    std::map<int, Json> found;
    for (const Json& event : events) {
        const int number = event.value("number", -1);
        INFO(event.dump());
        REQUIRE(found.emplace(number, event).second);
    }
    return found;
}

bool has_arenas(const std::string& directory) {
    for (const auto& entry : fs::directory_iterator(directory))
        if (entry.path().filename().string().starts_with(".wideline-")) return true;
    return false;
}

/// Waits until the pipeline has given each event its frame.
void let_it_encode() { std::this_thread::sleep_for(100ms); }

void log(const Recorder& recorder, int number) {
    Request request{"work", recorder};
    set("number", number);
}

/// A journal with one event in a segment, two in a frame that was not written, and one under way.
void make_dead(const std::string& living, const std::string& dead) {
    Living process(living);
    log(process.recorder, 0);
    REQUIRE(process.recorder.flush(10s));
    log(process.recorder, 1);
    log(process.recorder, 2);
    let_it_encode();
    Request request{"work", process.recorder};
    set("number", 3);
    copy(living, dead);
}

constexpr int kOfDead = 4;

std::string the_file(const std::string& directory, const std::string& prefix) {
    for (const auto& entry : fs::directory_iterator(directory))
        if (entry.path().filename().string().starts_with(prefix)) return entry.path().string();
    return {};
}

}  // namespace

TEST_CASE("What a dead process had kept is written as it would have written it itself") {
    const TemporaryDirectory dir;
    std::size_t while_it_lived = 0;
    {
        Living process(dir.path("living"));
        log(process.recorder, 0);
        {
            Request request{"fails", process.recorder,
                            Caller{.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}};
            set("number", 1);
            fail({.type = "Declined", .message = "insufficient funds"});
        }
        {
            Request request{"grows", process.recorder};
            set("number", 2);
            set("text", std::string(20'000, 'x'));
            set("cut", std::string(100'000, 'y'));
            set("text", "the last write wins");
            set("region", "south");
        }
        {
            Request request{"helped", process.recorder};
            set("number", 3);
            std::thread([handle = request.handle()] {
                const Attach attach{handle};
                set("helper", std::string(5000, 'h'));
            }).join();
        }
        let_it_encode();
        copy(dir.path("living"), dir.path("dead"));
        while_it_lived = events_in(dir.path("living")).size();
    }
    const Recovery recovery = recover(dir.path("dead"));
    CHECK(recovery.problems.empty());
    CHECK(recovery.processes == 1);
    CHECK(recovery.finished == 4);
    CHECK(recovery.crashed == 0);
    const auto own = by_number(events_in(dir.path("living")));
    CHECK(while_it_lived == 0);
    REQUIRE(own.size() == 4);
    CHECK(own.at(2).contains("wideline.truncated"));
    CHECK(own.at(0).at("schema_version") == 7);
    CHECK(by_number(events_in(dir.path("dead"))) == own);
    CHECK_FALSE(has_arenas(dir.path("dead")));
    CHECK_FALSE(has_arenas(dir.path("living")));
}

TEST_CASE("Of what was dropped, a dead process leaves what was kept after all, and nothing that only waited") {
    const TemporaryDirectory dir;
    const Caller caller{.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"};
    {
        Living process(dir.path("living"), TailSampler{}.otherwise(0), {.bytes = 256 << 10, .seconds = 60});
        log(process.recorder, 0);
        {
            Request request{"before", process.recorder, caller};
            set("number", 1);
        }
        {
            Request request{"fails", process.recorder, caller};
            set("number", 2);
            fail({.type = "Declined"});
        }
        let_it_encode();
        log(process.recorder, 3);
        let_it_encode();
        copy(dir.path("living"), dir.path("dead"));
    }
    const Recovery recovery = recover(dir.path("dead"));
    CHECK(recovery.problems.empty());
    CHECK(recovery.finished == 2);
    CHECK(recovery.crashed == 0);
    const auto own = by_number(events_in(dir.path("living")));
    REQUIRE(own.size() == 2);
    CHECK(own.at(1).at("sample_rule") == "retroactive");
    CHECK(own.at(1).at("sample_weight") == 0);
    CHECK(own.at(2).at("sample_weight") == 1);
    CHECK(by_number(events_in(dir.path("dead"))) == own);
    CHECK(recover(dir.path("dead")).finished == 0);
}

TEST_CASE("A request under way when its process died is written as far as it had come, with the outcome crashed") {
    const TemporaryDirectory dir;
    {
        Living process(dir.path("living"));
        Request request{"work", process.recorder};
        set("number", 0);
        set("stage", "begun");
        set("stage", "half way");
        set("text", std::string(9000, 't'));
        std::thread([handle = request.handle()] {
            const Attach attach{handle};
            set("helper", true);
        }).join();
        std::this_thread::sleep_for(30ms);
        copy(dir.path("living"), dir.path("dead"));
        set("after", true);
    }
    const Recovery recovery = recover(dir.path("dead"));
    CHECK(recovery.crashed == 1);
    const auto events = events_in(dir.path("dead"));
    REQUIRE(events.size() == 1);
    const Json& event = events[0];
    CHECK(event.at("outcome") == "crashed");
    CHECK(event.at("error.type") == "crashed");
    CHECK(event.at("sample_rule") == "error");
    CHECK(event.at("sample_weight") == 1);
    CHECK(event.at("stage") == "half way");
    CHECK(event.at("text") == std::string(9000, 't'));
    CHECK(event.at("helper") == true);
    CHECK(event.at("region") == "north");
    CHECK(event.at("duration_ms") >= 10);
    CHECK_FALSE(event.contains("after"));
    const Json own = events_in(dir.path("living")).at(0);
    for (const char* const same : {"event_id", "trace_id", "span_id", "timestamp", "service.name", "service.version",
                                   "service.instance", "schema_version"})
        if (own.contains(same)) CHECK(event.at(same) == own.at(same));
}

TEST_CASE("A dead process's requests have the name, the calls and the cancellation that they had when it died") {
    const TemporaryDirectory dir;
    std::string span;
    {
        Living process(dir.path("living"));
        Request open{"GET", process.recorder};
        set("number", 1);
        span = Call{"payments"}.span_id();
        rename("GET /{something}");
        std::thread([handle = open.handle()] {
            const Attach attach{handle};
            rename("GET /books/{id}");
        }).join();
        {
            Request ended{"PUT", process.recorder};
            set("number", 2);
            rename("PUT /books/{id}");
            cancel("gone");
        }
        let_it_encode();
        copy(dir.path("living"), dir.path("dead"));
    }
    static_cast<void>(recover(dir.path("dead")));
    const auto found = by_number(events_in(dir.path("dead")));
    REQUIRE(found.size() == 2);
    CHECK(found.at(1).at("outcome") == "crashed");
    CHECK(found.at(1).at("name") == "GET /books/{id}");
    REQUIRE(found.at(1).at("calls").size() == 1);
    CHECK(found.at(1).at("calls")[0].at("name") == "payments");
    CHECK(found.at(1).at("calls")[0].at("span_id") == span);
    CHECK(found.at(2).at("outcome") == "cancelled");
    CHECK(found.at(2).at("name") == "PUT /books/{id}");
}

TEST_CASE("A frame that was written before its arenas were given back is not written again") {
    const TemporaryDirectory dir;
    {
        Living process(dir.path("living"));
        for (int number = 0; number < 3; ++number) log(process.recorder, number);
        let_it_encode();
        copy(dir.path("living"), dir.path("dead"), false);
        REQUIRE(process.recorder.flush(10s));
        copy(dir.path("living"), dir.path("dead"), true);
    }
    const Recovery recovery = recover(dir.path("dead"));
    CHECK(recovery.processes == 1);
    CHECK(recovery.finished == 0);
    CHECK(by_number(events_in(dir.path("dead"))).size() == 3);
}

TEST_CASE("Whatever call of a recovery fails, or is its last, the next one leaves each event once") {
    const TemporaryDirectory dir;
    make_dead(dir.path("living"), dir.path("dead"));
    for (const auto fault : {FaultyFiles::Fault::one_call_fails, FaultyFiles::Fault::dies}) {
        for (int call = 1;; ++call) {
            INFO("call " << call << (fault == FaultyFiles::Fault::dies ? " and all after it fail" : " fails"));
            const std::string again = dir.path("again");
            fs::remove_all(again);
            copy(dir.path("dead"), again);
            FaultyFiles files;
            files.fail_at(call, fault);
            (void)recover(again, files);
            const bool failed = files.calls() >= call;
            const Recovery second = recover(again);
            for (const std::string& problem : second.problems) UNSCOPED_INFO(problem);
            REQUIRE(second.problems.empty());
            REQUIRE(by_number(events_in(again)).size() == kOfDead);
            REQUIRE_FALSE(has_arenas(again));
            if (!failed) break;
        }
    }
}

namespace {

/// A journal whose disk takes nothing: its directory is away, and a file is in its place.
class WithoutDisk {
public:
    explicit WithoutDisk(std::string journal) : journal_(std::move(journal)) {
        fs::rename(journal_, away());
        write_file(journal_, "");
    }
    ~WithoutDisk() {
        fs::remove(journal_);
        fs::rename(away(), journal_);
    }
    [[nodiscard]] std::string away() const { return journal_ + ".away"; }

private:
    std::string journal_;
};

/// Of as many as memory has no room for at once; each hundred is a frame.
void log_more_than_memory(Recorder& recorder, int from, int to) {
    for (int number = from; number < to; ++number) {
        log(recorder, number);
        if (number % 100 == 99) (void)recorder.flush(20ms);
    }
    CHECK(recorder.stats().lost.total() == 0);
}

std::size_t offset_of_blocks(const std::string& arenas) { return arenas.size() - (std::size_t{3} << 20); }

bool is_part_of_frame(const std::string& arenas, std::size_t at) {
    return reinterpret_cast<const detail::ArenaHeader*>(arenas.data() + at)->stage == detail::Stage::frame;
}

}  // namespace

TEST_CASE("What waits for a full disk when its process is killed is written, each event once") {
    const TemporaryDirectory dir;
    {
        Living process(dir.path("living"));
        log_more_than_memory(process.recorder, 0, 100);
        const WithoutDisk full(dir.path("living"));
        log_more_than_memory(process.recorder, 100, 2000);
        log(process.recorder, 2000);
        let_it_encode();
        Request request{"work", process.recorder};
        set("number", 2001);
        copy(full.away(), dir.path("dead"));
    }
    CHECK(by_number(events_in(dir.path("living"))).size() == 2002);
    const Recovery recovery = recover(dir.path("dead"));
    CHECK(recovery.problems.empty());
    CHECK(recovery.finished == 1901);
    CHECK(recovery.crashed == 1);
    const auto events = by_number(events_in(dir.path("dead")));
    REQUIRE(events.size() == 2002);
    CHECK(events.at(1999).at("outcome") == "success");
    CHECK_FALSE(has_arenas(dir.path("dead")));
}

TEST_CASE("A process that dies between storing a frame and giving its events back leaves each of them once") {
    const TemporaryDirectory dir;
    {
        Living process(dir.path("living"));
        const WithoutDisk full(dir.path("living"));
        for (int number = 0; number < 50; ++number) log(process.recorder, number);
        let_it_encode();
        copy(full.away(), dir.path("before"));
        (void)process.recorder.flush(100ms);
        copy(full.away(), dir.path("after"));
    }
    // Blocks in which parts of the frame lie are as they were after it was stored, all others as before.
    const std::string path = the_file(dir.path("before"), ".wideline-memory-");
    const std::string before = contents_of(path);
    std::string both = contents_of(the_file(dir.path("after"), ".wideline-memory-"));
    REQUIRE(both.size() == before.size());
    std::vector<std::size_t> parts;
    for (std::size_t at = offset_of_blocks(both); at < both.size(); at += 4096)
        if (is_part_of_frame(both, at))
            parts.push_back(at);
        else
            both.replace(at, 4096, before, at, 4096);
    REQUIRE_FALSE(parts.empty());
    SECTION("all of the frame is there") {}
    SECTION("part of the frame is not") { both.replace(parts.back(), 4096, 4096, '\0'); }
    SECTION("the frame is damaged") { both[parts.front() + 1000] ^= 1; }
    write_file(path, both);
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
    const Recovery recovery = recover(dir.path("before"));
    CHECK(recovery.problems.empty());
    CHECK(recovery.finished == 50);
    CHECK(by_number(events_in(dir.path("before"))).size() == 50);
}

TEST_CASE("Whatever call fails while waiting frames are recovered, the next recovery leaves each event once") {
    const TemporaryDirectory dir;
    {
        Living process(dir.path("living"));
        log_more_than_memory(process.recorder, 0, 10);
        const WithoutDisk full(dir.path("living"));
        log_more_than_memory(process.recorder, 10, 300);
        log(process.recorder, 300);
        let_it_encode();
        copy(full.away(), dir.path("dead"));
    }
    for (int call = 1;; ++call) {
        INFO("call " << call << " and all after it fail");
        const std::string again = dir.path("again");
        fs::remove_all(again);
        copy(dir.path("dead"), again);
        FaultyFiles files;
        files.fail_at(call, FaultyFiles::Fault::dies);
        (void)recover(again, files);
        const bool failed = files.calls() >= call;
        REQUIRE(recover(again).problems.empty());
        REQUIRE(by_number(events_in(again)).size() == 301);
        if (!failed) break;
    }
}

TEST_CASE("If the file of arenas cannot grow, plain memory serves: no event is lost, and the recorder says so") {
    static FaultyFiles files;
    files.set_room(std::uint64_t{512} << 10);
    const TemporaryDirectory dir;
    {
        Living process(dir.path("living"), {}, {}, files);
        for (int number = 0; number < 150; ++number) {
            Request request{"work", process.recorder};
            set("number", number);
            if (number % 15 == 0) set("text", std::string(9000, 't'));
        }
        let_it_encode();
        copy(dir.path("living"), dir.path("dead"));
        REQUIRE(process.recorder.flush(10s));
        const Stats stats = process.recorder.stats();
        CHECK(stats.lost.total() == 0);
        CHECK(stats.last_error.find("does not outlive the process") != std::string::npos);
        CHECK(stats.last_error.find("No space left") != std::string::npos);
    }
    CHECK(by_number(events_in(dir.path("living"))).size() == 150);
    // A kill leaves those that are in the file, and of one that had outgrown it the beginning.
    const Recovery recovery = recover(dir.path("dead"));
    CHECK(recovery.problems.empty());
    CHECK(recovery.finished > 10);
    CHECK(recovery.finished < 150);
    CHECK(by_number(events_in(dir.path("dead"))).size() == recovery.finished);
}

TEST_CASE("Arenas of a process that lives are left alone, by itself too") {
    const TemporaryDirectory dir;
    Living process(dir.path());
    log(process.recorder, 0);
    const Recovery recovery = recover(dir.path());
    CHECK(recovery.processes == 0);
    CHECK(recovery.problems.empty());
    {
        const Living other(dir.path());
        log(other.recorder, 1);
        CHECK(other.recorder.stats().recovered_events == 0);
    }
    CHECK(has_arenas(dir.path()));
    REQUIRE(process.recorder.flush(10s));
    CHECK(by_number(events_in(dir.path())).size() == 2);
}

TEST_CASE("Recoveries at the same time write each event once") {
    const TemporaryDirectory dir;
    make_dead(dir.path("living"), dir.path("dead"));
    for (int round = 0; round < 20; ++round) {
        const std::string again = dir.path("again");
        fs::remove_all(again);
        copy(dir.path("dead"), again);
        {
            std::vector<std::jthread> threads;
            for (int i = 0; i < 3; ++i) threads.emplace_back([&] { (void)recover(again); });
        }
        REQUIRE(recover(again).problems.empty());
        REQUIRE(by_number(events_in(again)).size() == kOfDead);
    }
}

TEST_CASE("A recovery leaves no file behind that a dead process had begun") {
    TemporaryDirectory directory;
    std::ofstream(directory.path(".checkout-0.jsonl.zst.unfinished")) << "half";
    // A living process proves that it can write here, and while it does, its file may be taken away.
    std::ofstream(directory.path(".wideline-probe-1-0.unfinished")) << "wideline\n";
    CHECK(recover(directory.path()).problems.empty());
    CHECK(directory.files().empty());
}

TEST_CASE("Damaged arenas cost what is damaged: recovery ends, says so, and no segment suffers") {
    const TemporaryDirectory dir;
    make_dead(dir.path("living"), dir.path("dead"));
    const std::string arenas = contents_of(the_file(dir.path("dead"), ".wideline-memory-"));
    const std::string name = fs::path(the_file(dir.path("dead"), ".wideline-memory-")).filename().string();
    const auto recovers = [&](const std::string& bytes) {
        const std::string again = dir.path("again");
        fs::remove_all(again);
        fs::create_directory(again);
        copy(dir.path("dead"), again, true);
        const std::string note = the_file(dir.path("dead"), ".wideline-arenas-");
        fs::copy_file(note, again + "/" + fs::path(note).filename().string());
        // With holes where nothing was ever written, as it had them.
        write_file(again + "/" + name, bytes.substr(0, bytes.find_last_not_of('\0') + 1));
        fs::resize_file(again + "/" + name, bytes.size());
        fs::permissions(again + "/" + name, fs::perms::owner_read | fs::perms::owner_write);
        const Recovery recovery = recover(again);
        // Either it was understood and is gone, or it is said to be none and is left.
        REQUIRE((has_arenas(again) ? recovery.problems.size() == 1 : recovery.problems.empty()));
        return recovery;
    };
    SECTION("any byte") {
        std::mt19937 random(1);
        for (std::size_t at = 0; at < arenas.size(); ++at) {
            if (arenas[at] == 0 && random() % 4096 != 0) continue;  // most of it was never touched
            INFO("byte " << at);
            std::string bytes = arenas;
            bytes[at] = static_cast<char>(bytes[at] ^ (1 + random() % 255));
            const Recovery recovery = recovers(bytes);
            REQUIRE(recovery.finished + recovery.crashed <= kOfDead - 1);
        }
    }
    SECTION("noise behind a head that is whole") {
        std::mt19937 random(2);
        for (int round = 0; round < 20; ++round) {
            std::string bytes = arenas;
            for (std::size_t at = 4096; at < bytes.size(); at += 1 + random() % 64)
                bytes[at] = static_cast<char>(random() % 8);
            recovers(bytes);
        }
    }
    SECTION("what is no arenas at all") {
        std::mt19937 random(3);
        std::string noise = arenas;
        for (char& byte : noise) byte = static_cast<char>(random());
        std::string older = arenas;
        older[8] = 99;
        for (const std::string& bytes :
             {std::string(), std::string("x"), std::string(4096, '\0'), std::string(arenas.size(), '\0'),
              arenas.substr(0, arenas.size() / 2), arenas.substr(0, 4096), noise, older}) {
            const Recovery recovery = recovers(bytes);
            REQUIRE(recovery.problems.size() == 1);
            REQUIRE(recovery.problems[0].find(name) != std::string::npos);
        }
        // A service begins all the same.
        Living next(dir.path("again"));
        log(next.recorder, 9);
        CHECK(next.recorder.flush(10s));
    }
}

TEST_CASE("A note that is a link or a pipe, or names somebody else's file, is refused and nothing outside is touched") {
    const TemporaryDirectory dir;
    const std::string logs = dir.path("logs");
    fs::create_directory(logs);
    const std::string outside = dir.path("outside");
    write_file(outside, std::string(8192, 'o'));
    const std::string note = logs + "/.wideline-arenas-0000000000000001";
    const auto names = [&](const std::string& path) {
        write_file(note, Json{{"arenas", path}, {"boot", "another"}}.dump());
        fs::permissions(note, fs::perms::owner_read | fs::perms::owner_write);
    };
    SECTION("names a file that others can read") { names(outside); }
    SECTION("names a private file that is none of ours") {
        fs::permissions(outside, fs::perms::owner_read | fs::perms::owner_write);
        names(outside);
    }
    SECTION("names a directory") { names(dir.path()); }
    SECTION("names a pipe") {
        REQUIRE(::mkfifo(dir.path("pipe").c_str(), 0600) == 0);
        names(dir.path("pipe"));
    }
    SECTION("names a link") {
        fs::create_symlink(outside, dir.path("link"));
        names(dir.path("link"));
    }
    SECTION("names nothing") { write_file(note, "{}"), fs::permissions(note, fs::perms(0600)); }
    SECTION("is a pipe") { REQUIRE(::mkfifo(note.c_str(), 0600) == 0); }
    SECTION("is a link") { fs::create_symlink(outside, note); }
    SECTION("is a directory") { fs::create_directory(note); }
    const Recovery recovery = recover(logs);
    REQUIRE(recovery.problems.size() == 1);
    CHECK(recovery.problems[0].find(note) != std::string::npos);
    CHECK(contents_of(outside) == std::string(8192, 'o'));
    CHECK(fs::exists(fs::symlink_status(note)));
    CHECK(recover(logs).processes == 0);
}

TEST_CASE("A note whose arenas are gone is taken away, and one that may not be read says why") {
    const TemporaryDirectory dir;
    const std::string logs = dir.path("logs");
    fs::create_directory(logs);
    const std::string note = logs + "/.wideline-arenas-0000000000000001";
    const auto names = [&](const std::string& path) {
        write_file(note, Json{{"arenas", path}}.dump());
        fs::permissions(note, fs::perms::owner_read | fs::perms::owner_write);
    };
    SECTION("which lay in the journal") {
        names(".wideline-memory-0000000000000001");
        CHECK(recover(logs).problems.empty());
        CHECK_FALSE(fs::exists(note));
    }
    SECTION("which may lie in another container's shared memory") {
        names("/dev/shm/wideline-0000000000000001");
        CHECK(recover(logs).problems.size() == 1);
        CHECK(fs::exists(note));
    }
    SECTION("for want of permission") {
        names(".wideline-memory-0000000000000001");
        FaultyFiles files;
        for (int call = 1; call < 100; ++call) {
            files.fail_at(call, FaultyFiles::Fault::one_call_fails);
            for (const std::string& problem : recover(logs, files).problems) {
                INFO(problem);
                CHECK(problem.find(std::generic_category().message(EBADMSG)) == std::string::npos);
            }
            if (!fs::exists(note)) names(".wideline-memory-0000000000000001");
        }
    }
}
