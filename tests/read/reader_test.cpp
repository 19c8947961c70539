#include <wideline/reader.hpp>

#include <atomic>
#include <nlohmann/json.hpp>
#include <random>
#include <ranges>
#include <set>
#include <thread>

#include "catch.hpp"
#include "journal/test_batch.hpp"
#include "read/lines.hpp"
#include "read/match.hpp"

using namespace wideline;
using testing_journal::contents_of;
using testing_journal::TemporaryDirectory;
using testing_journal::TestBatch;
using testing_journal::write_file;

namespace {

static_assert(std::input_iterator<Reader::Iterator>);
static_assert(std::sentinel_for<std::default_sentinel_t, Reader::Iterator>);
static_assert(std::ranges::input_range<Reader>);
static_assert(std::movable<Reader> && std::copyable<StoredEvent>);

constexpr std::int64_t kBegin = 1'795'471'200'000'000;  // 2026-11-23T22:00:00Z

std::vector<std::string> lines_of(Reader& reader) {
    std::vector<std::string> lines;
    for (const StoredEvent& event : reader) lines.emplace_back(event.json());
    return lines;
}

/// Some events a frame, of few values, so that searches find some of them.
class RandomJournal {
public:
    explicit RandomJournal(std::uint32_t seed) : random_(seed) {
        const SinkPtr sink = journal(directory_.path());
        sink->open({});
        for (std::uint64_t frame = 0; frame < 12; ++frame) {
            std::string lines;
            std::uint64_t errors = 0;
            for (int i = 0; i < 30; ++i) {
                const bool failed = pick(6) == 0;
                errors += failed ? 1 : 0;
                std::string line = testing_journal::event_line(pick(50), static_cast<int>(frame) * 30 + i,
                                                               failed ? "error" : "success");
                line.insert(line.size() - 2, R"(,"user.id":"u_)" + std::to_string(pick(40)) + R"(","tags":["a",)" +
                                                 std::to_string(pick(3)) + "]" +
                                                 (pick(3) == 0 ? R"(,"k\u0065y":7.0)" : ""));
                lines_.push_back(line.substr(0, line.size() - 1));
                lines += line;
            }
            const std::int64_t first = kBegin + static_cast<std::int64_t>(frame) * 30'000'000;
            sink->deliver(TestBatch(lines, 30, errors, frame, first, first + 29'000'000));
        }
        sink->close();
    }

    Selection selection() {
        static constexpr const char* kExpressions[] = {
            "number=7", "number!=7", "number>25", "user.id=u_3", "user.id~_1",  "user.id=u_999", "tags=a",
            "tags=1",   "key=7",     "key",       "absent!=1",   "\"success\"", "u_12"};
        Selection selection;
        for (int terms = pick(4); terms > 0; --terms) selection.where.emplace_back(kExpressions[pick(13)]);
        selection.any = pick(2) == 0;
        if (pick(3) == 0) selection.since = moment(pick(360));
        if (pick(3) == 0) selection.until = moment(pick(360));
        selection.errors = pick(4) == 0;
        if (pick(4) == 0) selection.max = static_cast<std::uint64_t>(1 + pick(20));
        return selection;
    }

    /// The lines that a plain look at each of them selects.
    [[nodiscard]] std::vector<std::string> plainly(const Selection& selection) const {
        const auto match =
            read::Match::parse(selection.where, selection.any ? read::Match::Combine::any : read::Match::Combine::all);
        read::Matcher matcher(match.value());
        std::vector<std::string> selected;
        for (std::size_t i = 0; i < lines_.size(); ++i) {
            const auto event = nlohmann::json::parse(lines_[i]);
            const auto began = moment(static_cast<int>(i));
            const bool in_time =
                (!selection.since || began >= *selection.since) && (!selection.until || began < *selection.until);
            const std::string padded = lines_[i] + std::string(read::kReadableBehind, '\0');
            const bool wanted = in_time && (!selection.errors || event["outcome"] != "success") &&
                                matcher.matches(std::string_view(padded).substr(0, lines_[i].size()));
            if (wanted && (selection.max == 0 || selected.size() < selection.max)) selected.push_back(lines_[i]);
        }
        return selected;
    }

    int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
    [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
    [[nodiscard]] std::string path() const { return directory_.path(); }
    [[nodiscard]] std::string segment() const { return directory_.files().at(0); }

private:
    static std::chrono::system_clock::time_point moment(int second) {
        return std::chrono::system_clock::time_point(std::chrono::microseconds(kBegin)) + std::chrono::seconds(second);
    }

    TemporaryDirectory directory_;
    std::mt19937 random_;
    std::vector<std::string> lines_;
};

}  // namespace

TEST_CASE("A reader gives the events that a plain look at every line selects, in their order", "[reader]") {
    std::size_t selected = 0;
    for (std::uint32_t seed = 0; seed < 4; ++seed) {
        RandomJournal journal(seed);
        for (int round = 0; round < 40; ++round) {
            const Selection selection = journal.selection();
            const auto expected = journal.plainly(selection);
            Reader reader{journal.path(), selection};
            REQUIRE(lines_of(reader) == expected);
            REQUIRE(reader.problems().empty());
            selected += expected.size();
        }
    }
    CHECK(selected > 1000);
}

TEST_CASE("A reader of torn and flipped segments gives events of theirs alone, in order, and says what is missing",
          "[reader]") {
    RandomJournal whole(9);
    const std::string bytes = contents_of(whole.segment());
    TemporaryDirectory directory;
    const std::string path = directory.path("a.jsonl.zst");
    for (int round = 0; round < 60; ++round) {
        std::string damaged = bytes;
        if (round % 2 == 0)
            damaged.resize(bytes.size() / 10 +
                           static_cast<std::size_t>(whole.pick(static_cast<int>(bytes.size() / 2))));
        else
            damaged[static_cast<std::size_t>(whole.pick(static_cast<int>(bytes.size())))] ^= 0x41;
        write_file(path, damaged);
        Reader reader{directory.path()};
        auto expected = whole.lines().begin();
        std::size_t given = 0;
        for (const StoredEvent& event : reader) {
            expected = std::find(expected, whole.lines().end(), event.json());
            REQUIRE(expected != whole.lines().end());
            ++expected;
            ++given;
        }
        if (given != whole.lines().size()) REQUIRE_FALSE(reader.problems().empty());
        for (const std::string& problem : reader.problems()) CHECK(problem.starts_with(path + " at byte "));
    }
}

TEST_CASE("Who reads while a journal is written, merged and rotated sees each event once and no damage", "[reader]") {
    TemporaryDirectory directory;
    std::atomic<int> written{0};
    std::atomic<bool> done{false};
    std::thread writer([&] {
        for (std::uint64_t sequence = 0; sequence < 400;) {
            const SinkPtr sink = journal(directory.path());
            sink->open({});
            for (int i = 0; i < 40; ++i, ++sequence) {
                std::string line = testing_journal::event_line(static_cast<int>(sequence), i);
                line.insert(line.size() - 2,
                            ",\"much\":\"" + std::string(3000, static_cast<char>('a' + i % 26)) + "\"");
                sink->deliver(TestBatch(line, 1, 0, sequence));
                written = static_cast<int>(sequence) + 1;
            }
            sink->close();  // Merges.
        }
        done = true;
    });
    while (written == 0) std::this_thread::yield();
    for (bool last = false; !last;) {
        last = done;
        const int before = written;
        Reader reader{directory.path()};
        std::set<int> numbers;
        for (const StoredEvent& event : reader) {
            const bool first_time = numbers.insert(static_cast<int>(event.number("number").value_or(-1))).second;
            if (!first_time) FAIL_CHECK("event " << event.json() << " comes twice");
        }
        for (int i = 0; i < before; ++i)
            if (!numbers.contains(i)) FAIL_CHECK("event " << i << " of " << before << " is missing");
        for (const std::string& problem : reader.problems()) FAIL_CHECK(problem);
    }
    writer.join();
}

TEST_CASE("An event tells its fields as what they are, and keeps them when it is copied", "[reader]") {
    TemporaryDirectory directory;
    const std::string path = directory.path("a.jsonl");
    write_file(
        path,
        R"({"timestamp":"2026-11-23T22:00:00.000007Z","outcome":"error","sample_weight":20,"n":18446744073709551615,)"
        R"("t":"a\"\u00e9","k\u0065y":true,"none":null,"n":2,"list":[1, 2]})"
        "\n{\"sample_weight\":-3}\n{}\n");
    std::vector<StoredEvent> events;
    {
        Reader reader{path};
        for (const StoredEvent& event : reader) events.push_back(event);
    }
    REQUIRE(events.size() == 3);
    const StoredEvent& event = events[0];
    CHECK(event.time()->time_since_epoch().count() == kBegin + 7);
    CHECK(event.failed());
    CHECK(event.weight() == 20);
    CHECK(event.value("n") == "18446744073709551615");
    CHECK(event.number("n") == 18446744073709551615.0);
    CHECK(event.text("t") == "a\"é");
    CHECK(event.text("key") == "true");
    CHECK(event.value("list") == "[1, 2]");
    CHECK_FALSE(event.text("none"));
    CHECK_FALSE(event.number("t"));
    CHECK_FALSE(event.text("absent"));
    CHECK(events[1].weight() == 0);
    CHECK_FALSE(events[2].time());
    CHECK_FALSE(events[2].failed());
    CHECK(events[2].weight() == 1);
    CHECK(StoredEvent().json().empty());
    CHECK(StoredEvent().value("n").empty());
}

TEST_CASE("A wrong expression and a path that cannot be read throw at once, with the command's sentence", "[reader]") {
    TemporaryDirectory directory;
    write_file(directory.path("no.txt"), "this is prose");
    CHECK_THROWS_WITH((Reader{directory.path(), {.where = {"name~("}}}),
                      Catch::Matchers::Contains("the regular expression in \"name~(\" is not one"));
    CHECK_THROWS_WITH((Reader{directory.path("absent")}),
                      Catch::Matchers::Contains("absent: No such file or directory"));
    CHECK_THROWS_WITH((Reader{directory.path("no.txt")}), Catch::Matchers::Contains("is not a segment"));
    CHECK_THROWS_AS((Reader{directory.path(), {.where = {"=x"}}}), std::invalid_argument);
    Reader of_nothing{directory.path()};
    CHECK(of_nothing.begin() == of_nothing.end());
}

TEST_CASE("A reader is read again from its beginning, from several paths, and may be moved and left early",
          "[reader]") {
    RandomJournal one(1);
    RandomJournal other(2);
    TemporaryDirectory directory;
    write_file(directory.path("a.jsonl"), "{\"n\":1}\n{\"n\":2}");
    Reader reader({one.path(), directory.path("a.jsonl")});
    auto expected = one.lines();
    expected.insert(expected.end(), {"{\"n\":1}", "{\"n\":2}"});
    for (const StoredEvent& event : reader) {
        CHECK(event.json() == expected.front());
        break;
    }
    Reader moved = std::move(reader);
    CHECK(lines_of(moved) == expected);
    CHECK(lines_of(moved) == expected);
#if !defined(__clang__) || __clang_major__ >= 16  // Before, clang could not compile this library's views.
    const auto failed = [](const StoredEvent& event) { return event.failed(); };
    const auto count = std::ranges::distance(moved | std::views::filter(failed));
    Selection errors;
    errors.errors = true;
    Reader by_selection{one.path(), errors};
    CHECK(count == static_cast<std::ptrdiff_t>(lines_of(by_selection).size()));
    CHECK(count > 0);
#endif
}
