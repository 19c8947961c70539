// wl::Forwarder with a backend in memory: what a user loses if any of it is wrong.
#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>

#include <wideline/forward/custom.hpp>
#include <wideline/reader.hpp>
#include <wideline/sink.hpp>

#include "catch.hpp"
#include "forward/progress/cursor_file.hpp"
#include "forward/route/dead_letters.hpp"
#include "journal/segment_merge.hpp"
#include "journal/test_batch.hpp"
#include "platform/file_system.hpp"

using namespace wideline;
using namespace std::chrono_literals;
using testing_journal::TemporaryDirectory;
using testing_journal::TestBatch;

namespace {

std::string id_of(int number) { return fmt::format("01a20adc-0000-7000-8000-{:012}", number); }

std::string line_of(int number, const std::string& plan = "free") {
    return fmt::format(
        "{{\"timestamp\":\"2026-11-23T22:00:00.000000Z\",\"name\":\"pay\",\"outcome\":\"success\","
        "\"event_id\":\"{}\",\"user.plan\":\"{}\",\"number\":{},\"sample_weight\":1}}\n",
        id_of(number), plan, number);
}

/// A journal of one run; each append is a frame.
class Journal {
public:
    explicit Journal(std::string directory, JournalOptions options = {})
        : sink_(journal(std::move(directory), options)) {
        sink_->open({});
    }
    ~Journal() { sink_->close(); }
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    void append(int events) {
        std::string lines;
        for (int i = 0; i < events; ++i) lines += line_of(next_ + i, (next_ + i) % 10 == 0 ? "enterprise" : "free");
        next_ += events;
        constexpr std::int64_t kTime = 1'795'471'200'000'000;
        sink_->deliver(TestBatch(lines, static_cast<std::uint64_t>(events), 0, sequence_++, kTime, kTime));
    }
    void skip_sequence() { ++sequence_; }
    void append_as(std::uint64_t sequence, int number) { sink_->deliver(TestBatch(line_of(number), 1, 0, sequence)); }
    [[nodiscard]] int events() const { return next_; }

private:
    SinkPtr sink_;
    int next_ = 0;
    std::uint64_t sequence_ = 0;
};

/// What several connections have in common.
struct Server {
    std::mutex mutex;
    std::vector<std::string> lines;
    std::set<std::string> tokens;
    std::function<Verdict(const Parcel&)> answer;  ///< Null: delivered.
    std::atomic<int> requests{0};

    TargetPtr target(std::string name = "mine", std::vector<std::string> omit = {}) {
        return forward::custom(
            {.name = std::move(name), .connect = [this] { return connect(); }, .omit = std::move(omit)});
    }
    std::unique_ptr<Backend> connect() {
        struct Connection final : Backend {
            explicit Connection(Server& s) : server(s) {}
            Verdict send(const Parcel& parcel, std::chrono::milliseconds) noexcept override {
                ++server.requests;
                Verdict verdict;
                verdict.kind = Verdict::delivered;
                const std::lock_guard lock(server.mutex);
                if (server.answer) verdict = server.answer(parcel);
                server.tokens.emplace(parcel.token);
                for (std::uint32_t i = 0; i < parcel.events.size(); ++i) {
                    Verdict::Kind kind = verdict.kind;
                    for (const EventVerdict& one : verdict.events)
                        if (one.index == i) kind = one.verdict.kind;
                    if (kind == Verdict::delivered) server.lines.emplace_back(parcel.events[i]);
                }
                return verdict;
            }
            Verdict probe(std::chrono::milliseconds) noexcept override {
                Verdict verdict;
                verdict.kind = Verdict::delivered;
                return verdict;
            }
            Server& server;
        };
        return std::make_unique<Connection>(*this);
    }
    std::vector<std::string> taken() {
        const std::lock_guard lock(mutex);
        return lines;
    }
    void answer_with(std::function<Verdict(const Parcel&)> with) {
        const std::lock_guard lock(mutex);
        answer = std::move(with);
    }
};

Verdict verdict(Verdict::Kind kind, int status = 0) {
    Verdict one;
    one.kind = kind;
    one.status = status;
    return one;
}

ForwardOptions options_of(std::vector<TargetPtr> to, std::vector<std::string> where = {}) {
    ForwardOptions options;
    Forward one;
    one.name = "all";
    one.where = std::move(where);
    one.to = std::move(to);
    one.retry.initial_interval = 10ms;
    one.retry.maximum_interval = 40ms;
    one.pack = Pack{.bytes = 20'000, .events = 100, .linger = 0ms};
    options.forwards = {one};
    options.poll = 10ms;
    options.shutdown_timeout = 2s;
    return options;
}

std::vector<std::string> expected_lines(int events, int every = 1) {
    std::vector<std::string> lines;
    for (int i = 0; i < events; i += every) {
        std::string line = line_of(i, i % 10 == 0 ? "enterprise" : "free");
        line.pop_back();
        lines.push_back(line);
    }
    return lines;
}

template <class Condition>
bool wait_until(Condition condition, std::chrono::milliseconds most = 5000ms) {
    const auto until = std::chrono::steady_clock::now() + most;
    while (!condition())
        if (std::chrono::steady_clock::now() > until) {
            return false;
        } else {
            std::this_thread::sleep_for(2ms);
        }
    return true;
}

}  // namespace

TEST_CASE("What a journal holds is delivered in order, byte for byte, and counted") {
    TemporaryDirectory directory;
    Journal journal(directory.path());
    Server server;
    {
        Forwarder forwarder(directory.path(), options_of({server.target()}));
        for (int i = 0; i < 20; ++i) journal.append(1 + i * 7 % 40);
        REQUIRE(forwarder.flush(5s));
        CHECK(server.taken() == expected_lines(journal.events()));
        const RouteStats stats = forwarder.stats().routes.at(0);
        CHECK(stats.delivered == static_cast<std::uint64_t>(journal.events()));
        CHECK(stats.seen == stats.delivered);
        CHECK(stats.waiting == 0);
        CHECK(forwarder.metrics().find(
                  fmt::format("wideline_forward_events_delivered_total{{forward=\"all\",target=\"mine\"}} {}\n",
                              journal.events())) != std::string::npos);
        journal.append(5);
    }  // What came last goes too.
    CHECK(server.taken() == expected_lines(journal.events()));
    Forwarder again(directory.path(), options_of({server.target()}));
    REQUIRE(again.flush(5s));
    CHECK(server.taken().size() == static_cast<std::size_t>(journal.events()));
    CHECK(again.stats().routes.at(0).delivered == static_cast<std::uint64_t>(journal.events()));
}

TEST_CASE("Only selected events are sent, and the others are counted as skipped") {
    TemporaryDirectory directory;
    Journal journal(directory.path());
    for (int i = 0; i < 10; ++i) journal.append(37);
    Server server;
    ForwardOptions options = options_of({server.target("mine", {"user.*", "name"})}, {"user.plan=enterprise"});
    Forwarder forwarder(directory.path(), options);
    REQUIRE(forwarder.flush(5s));
    const auto taken = server.taken();
    REQUIRE(taken.size() == 37);
    CHECK(taken[1].find("user.plan") == std::string::npos);
    CHECK(taken[1].find("\"name\"") == std::string::npos);
    CHECK(taken[1].find(id_of(10)) != std::string::npos);
    const RouteStats stats = forwarder.stats().routes.at(0);
    CHECK(stats.delivered == 37);
    CHECK(stats.skipped == 333);
    CHECK(stats.seen == 370);
}

TEST_CASE("A route that starts now sends nothing older, over restarts") {
    TemporaryDirectory directory;
    Journal journal(directory.path());
    journal.append(10);
    Server server;
    ForwardOptions options = options_of({server.target()});
    options.forwards[0].start = Start::now;
    for (int i = 0; i < 2; ++i) {
        Forwarder forwarder(directory.path(), options);
        REQUIRE(forwarder.flush(5s));
        CHECK(forwarder.stats().routes.at(0).skipped == 10);
    }
    CHECK(server.taken().empty());
}

TEST_CASE("Two targets are independent: one that is down does not hold the other, and gets all in the end") {
    TemporaryDirectory directory;
    Journal journal(directory.path());
    Server up;
    Server down;
    down.answer_with([](const Parcel&) { return verdict(Verdict::unavailable); });
    Forwarder forwarder(directory.path(), options_of({up.target("up"), down.target("down")}));
    for (int i = 0; i < 10; ++i) journal.append(50);
    CHECK_FALSE(forwarder.flush(300ms));
    CHECK(up.taken() == expected_lines(500));
    CHECK(down.taken().empty());
    CHECK(forwarder.stats().routes.at(0).state == "backing_off");
    CHECK(forwarder.stats().routes.at(0).waiting == 500);
    down.answer_with(nullptr);
    REQUIRE(forwarder.flush(5s));
    CHECK(down.taken() == expected_lines(500));
}

TEST_CASE("Bad events become dead letters that give the event back, and the rest is delivered in order") {
    TemporaryDirectory directory;
    Journal journal(directory.path());
    Server server;
    const auto is_bad = [](std::string_view event) {
        return event.find("\"number\":77,") != std::string_view::npos ||
               event.find("\"number\":130,") != std::string_view::npos;
    };
    server.answer_with([&](const Parcel& parcel) {
        Verdict answer = verdict(Verdict::delivered);
        for (const std::string_view event : parcel.events)
            if (is_bad(event))
                answer = verdict(Verdict::data, 400), answer.code = "27", answer.answer = "no \"number\"";
        return answer;
    });
    for (int i = 0; i < 4; ++i) journal.append(50);
    Forwarder forwarder(directory.path(), options_of({server.target()}));
    REQUIRE(forwarder.flush(5s));
    std::vector<std::string> expected = expected_lines(200);
    const std::string first = expected[77];
    expected.erase(expected.begin() + 130);
    expected.erase(expected.begin() + 77);
    CHECK(server.taken() == expected);
    const RouteStats stats = forwarder.stats().routes.at(0);
    CHECK(stats.delivered == 198);
    CHECK(stats.dead == 2);
    CHECK(stats.dead_by_reason.at("data") == 2);
    CHECK(stats.dead_letters == 2);
    std::vector<std::string> dead;
    Reader reader{directory.path(".wideline-forward/all/mine/dead")};
    for (const StoredEvent& event : reader) {
        dead.emplace_back(event.json());
        CHECK(event.text("wideline.dead.code") == "27");
        CHECK(event.text("wideline.dead.reason") == "data");
        CHECK(event.text("wideline.dead.answer") == "no \"number\"");
    }
    REQUIRE(dead.size() == 2);
    CHECK(delivery::event_of_dead_letter(dead[0]) == first);
}

TEST_CASE("A backend that refuses everything drains nothing into dead letters but what is allowed") {
    TemporaryDirectory directory;
    Journal journal(directory.path());
    journal.append(90);
    journal.append(90);
    Server server;
    server.answer_with([](const Parcel&) { return verdict(Verdict::data, 400); });
    ForwardOptions options = options_of({server.target()});
    options.forwards[0].dead_letters.in_a_row = 20;
    const auto held = [](const Forwarder& forwarder) { return forwarder.stats().routes.at(0).state == "held"; };
    {
        Forwarder forwarder(directory.path(), options);
        REQUIRE(wait_until([&] { return held(forwarder); }));
        const RouteStats stats = forwarder.stats().routes.at(0);
        CHECK(stats.dead == 20);
        CHECK(stats.waiting == 160);
        CHECK(stats.held_reason == "everything_refused");
    }
    Forwarder forwarder(directory.path(), options);  // Begun again it is as careful.
    REQUIRE(wait_until([&] { return held(forwarder); }));
    CHECK(forwarder.stats().routes.at(0).dead == 20);
    server.answer_with(nullptr);
    REQUIRE(forwarder.flush(5s));
    CHECK(server.taken().size() == 160);
    CHECK(forwarder.stats().routes.at(0).seen == 180);
}

TEST_CASE("A backend that refuses us holds the route: nothing is dropped, and it goes on by itself") {
    TemporaryDirectory directory;
    Journal journal(directory.path());
    journal.append(30);
    Server server;
    server.answer_with([](const Parcel&) {
        Verdict one = verdict(Verdict::configuration, 404);
        one.answer = "no such table";
        return one;
    });
    Forwarder forwarder(directory.path(), options_of({server.target()}));
    REQUIRE(wait_until([&] { return server.requests > 2; }));
    const RouteStats stats = forwarder.stats().routes.at(0);
    CHECK(stats.state == "held");
    CHECK(stats.held_reason.find("no such table") != std::string::npos);
    CHECK(stats.dead == 0);
    CHECK(stats.waiting == 30);
    server.answer_with(nullptr);
    REQUIRE(forwarder.flush(5s));
    CHECK(server.taken() == expected_lines(30));
}

TEST_CASE("A batch that was not answered is sent again with the same token, and other content has another") {
    TemporaryDirectory directory;
    Journal journal(directory.path());
    for (int i = 0; i < 3; ++i) journal.append(80);
    Server server;
    int failures = 0;
    std::set<std::string> contents;
    server.answer_with([&](const Parcel& parcel) {
        contents.emplace(parcel.lines);
        return verdict(++failures % 3 == 0 ? Verdict::delivered : Verdict::unavailable);
    });
    Forwarder forwarder(directory.path(), options_of({server.target()}));
    REQUIRE(forwarder.flush(5s));
    CHECK(server.taken() == expected_lines(240));
    CHECK(server.tokens.size() == contents.size());
    CHECK(contents.size() == 3);
}

TEST_CASE("Frames that are merged, copied or missing lose no event and repeat none") {
    TemporaryDirectory directory;
    Server server;
    ForwardOptions options = options_of({server.target()});
    {
        Journal journal(directory.path());
        for (int i = 0; i < 10; ++i) journal.append(5);
        {
            // Stopped in the middle of the run, also in the middle of a frame.
            server.answer_with([&](const Parcel& parcel) {
                return server.lines.size() + parcel.events.size() <= 23 ? verdict(Verdict::delivered)
                       : parcel.events.size() > 1                       ? verdict(Verdict::too_large)
                                                                        : verdict(Verdict::unavailable);
            });
            Forwarder forwarder(directory.path(), options);
            REQUIRE(wait_until([&] { return server.taken().size() == 23; }));
        }
        for (int i = 0; i < 3; ++i) journal.append(5);
    }  // The segment is closed: its frames become one.
    const std::string segment = directory.files().back();
    std::filesystem::copy_file(segment, directory.path("copy-20990101T000000Z-1-0.jsonl.zst"));
    server.answer_with(nullptr);
    Forwarder forwarder(directory.path(), options);
    REQUIRE(forwarder.flush(5s));
    CHECK(server.taken() == expected_lines(65));
    const RouteStats stats = forwarder.stats().routes.at(0);
    CHECK(stats.delivered == 65);
    CHECK(stats.seen == 65);
}

TEST_CASE("A cursor that is lost begins its run again: repeats, never a loss") {
    TemporaryDirectory directory;
    Journal journal(directory.path());
    journal.append(40);
    Server server;
    { Forwarder forwarder(directory.path(), options_of({server.target()})); }
    REQUIRE(server.taken().size() == 40);
    const std::string cursor = directory.path(".wideline-forward/all/mine/1122334455667788.cursor");
    REQUIRE(std::filesystem::file_size(cursor) == delivery::kCursorBytes);
    testing_journal::write_file(cursor, std::string(delivery::kCursorBytes, '\0'));
    journal.append(5);
    Forwarder forwarder(directory.path(), options_of({server.target()}));
    REQUIRE(forwarder.flush(5s));
    CHECK(server.taken().size() == 85);
    CHECK(forwarder.stats().routes.at(0).cursors_lost == 1);
}

TEST_CASE("A damaged frame is passed and said, and stops nothing") {
    TemporaryDirectory directory;
    {
        Journal journal(directory.path());
        for (int i = 0; i < 3; ++i) {
            journal.append(1500);  // Over 128 KiB: not merged.
        }
    }
    const std::string segment = directory.files().back();
    std::string bytes = testing_journal::contents_of(segment);
    const std::size_t data = bytes.find("\x28\xB5\x2F\xFD", bytes.size() / 2);
    REQUIRE(data != std::string::npos);
    bytes[data + 40] = static_cast<char>(bytes[data + 40] ^ 0x55);
    testing_journal::write_file(segment, bytes);
    Server server;
    Forwarder forwarder(directory.path(), options_of({server.target()}));
    REQUIRE(forwarder.flush(5s));
    CHECK(server.taken().size() == 3000);
    const RouteStats stats = forwarder.stats().routes.at(0);
    CHECK(stats.damaged_frames == 1);
    CHECK(stats.lost_by_reason.at("damaged") == 1500);
    CHECK(stats.seen == 4500);
    CHECK(stats.last_error.find(segment) != std::string::npos);
}

TEST_CASE("Several forwarders on one journal send each event once") {
    TemporaryDirectory directory;
    Server server;
    std::vector<std::unique_ptr<Forwarder>> forwarders;
    for (int i = 0; i < 3; ++i)
        forwarders.push_back(std::make_unique<Forwarder>(directory.path(), options_of({server.target()})));
    int events = 0;
    {
        Journal journal(directory.path());
        for (int i = 0; i < 30; ++i) {
            journal.append(10);
            std::this_thread::sleep_for(1ms);
        }
        events = journal.events();
    }
    REQUIRE(wait_until([&] { return server.taken().size() >= static_cast<std::size_t>(events); }));
    forwarders.clear();
    CHECK(server.taken() == expected_lines(events));
}

TEST_CASE("A reload changes what is sent from the cursor on, and loses nothing") {
    TemporaryDirectory directory;
    Journal journal(directory.path());
    Server first;
    Server second;
    Forwarder forwarder(directory.path(), options_of({first.target("a")}));
    journal.append(20);
    REQUIRE(forwarder.flush(5s));
    for (int i = 0; i < 10; ++i) {
        journal.append(3);
        forwarder.reload(options_of({first.target("a"), second.target("b")}));
    }
    REQUIRE(forwarder.flush(5s));
    CHECK(first.taken() == expected_lines(50));
    CHECK(second.taken() == expected_lines(50));
    CHECK_THROWS_AS(forwarder.reload(options_of({})), std::invalid_argument);
    forwarder.reload(options_of({second.target("b")}));
    const std::string state = testing_journal::contents_of(directory.path(".wideline-forward/all/a/route.json"));
    CHECK(state.find("\"active\": false") != std::string::npos);
}

TEST_CASE("Nothing passes a number that is missing while it is waited for, and when it comes all is sent") {
    TemporaryDirectory directory;
    Journal journal(directory.path());
    journal.append(3);
    journal.skip_sequence();
    journal.append(3);
    Server server;
    Forwarder forwarder(directory.path(), options_of({server.target()}));
    REQUIRE(wait_until([&] { return server.taken().size() == 3; }));
    std::this_thread::sleep_for(100ms);
    CHECK(server.taken().size() == 3);
    journal.append_as(1, 1000);
    REQUIRE(forwarder.flush(5s));
    CHECK(server.taken().size() == 7);
}

TEST_CASE(
    "The service's signals never come to a forwarder's thread, and a closed connection does not end the service") {
    TemporaryDirectory directory;
    Journal journal(directory.path());
    journal.append(3);
    Server server;
    std::atomic<bool> blocked{false};
    server.answer_with([&](const Parcel&) {
        sigset_t mask;
        pthread_sigmask(SIG_BLOCK, nullptr, &mask);
        blocked = sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGPIPE) == 1;
        return verdict(Verdict::delivered);
    });
    Forwarder forwarder(directory.path(), options_of({server.target()}));
    REQUIRE(forwarder.flush(5s));
    CHECK(blocked);
}

TEST_CASE("Options that make no sense are refused before anything happens") {
    TemporaryDirectory directory;
    Server server;
    const auto refused = [&](const std::function<void(ForwardOptions&)>& spoil) {
        ForwardOptions options = options_of({server.target()});
        spoil(options);
        try {
            Forwarder forwarder(directory.path("logs"), options);
        } catch (const std::invalid_argument&) {
            return true;
        }
        return false;
    };
    CHECK_FALSE(refused([](ForwardOptions&) {}));
    CHECK(refused([](ForwardOptions& o) { o.forwards[0].name = "Orders"; }));
    CHECK(refused([](ForwardOptions& o) { o.forwards.push_back(o.forwards[0]); }));
    CHECK(refused([](ForwardOptions& o) { o.forwards[0].to.push_back(o.forwards[0].to[0]); }));
    CHECK(refused([](ForwardOptions& o) { o.forwards[0].to.clear(); }));
    CHECK(refused([](ForwardOptions& o) { o.forwards[0].where = {"a~("}; }));
    CHECK(refused([](ForwardOptions& o) { o.forwards[0].retry.backoff_coefficient = 0.5; }));
    CHECK(refused([](ForwardOptions& o) { o.forwards[0].retry.jitter = 1.5; }));
    CHECK(refused([](ForwardOptions& o) { o.forwards[0].retry.initial_interval = 0s; }));
    CHECK(refused([](ForwardOptions& o) { o.forwards[0].retry.maximum_interval = 1ms; }));
    CHECK(refused([](ForwardOptions& o) { o.forwards[0].pack = Pack{.bytes = 1023}; }));
    CHECK(refused([](ForwardOptions& o) { o.forwards[0].pack = Pack{.bytes = (64U << 20) + 1}; }));
    CHECK(refused([](ForwardOptions& o) { o.forwards[0].in_flight = 0; }));
    CHECK(refused([](ForwardOptions& o) { o.forwards[0].in_flight = 65; }));
    CHECK(refused([](ForwardOptions& o) { o.memory = 10'000; }));
}
