// What damage may have made of a dead process's arenas, byte by byte, must still come out as lines of JSON.
#include "event/recovered_arenas.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "journal/test_batch.hpp"
#include "pipeline/event_encoder.hpp"
#include "pipeline/event_form.hpp"
#include "pipeline/frame_batch.hpp"

using namespace wideline;
using namespace wideline::detail;
using Json = nlohmann::json;

namespace {

constexpr std::int64_t kLatest = std::numeric_limits<std::int64_t>::max();

/// The arenas of a process that had one event, in the first block.
class DeadProcess {
public:
    DeadProcess() {
        auto made = ArenaFile::create(platform::FileSystem::real(), directory_.path("arenas"),
                                      16 * ArenaMemory::kBlockBytes, 1, "{}");
        REQUIRE(made.ok());
        arenas_ = std::move(made.value());
        REQUIRE(arenas_->reserve(ArenaMemory::kBlockBytes));
        first_ = new (arenas_->blocks()) ArenaHeader;
        first_->stage = Stage::kept;
        first_->capacity = ArenaMemory::kBlockBytes;
        first_->committed = kFirstRecord;
        arenas_->note_head(0, 1);
        append("", Type::name, "checkout");
    }

    [[nodiscard]] ArenaHeader& event() { return *first_; }

    void append(std::string_view key, Type type, std::string_view value) {
        std::byte* const at = reinterpret_cast<std::byte*>(first_) + first_->committed;
        const std::uint64_t header = Record::header_of(0, key.size(), type, Operation::set, value.size());
        std::memcpy(at, &header, sizeof header);
        std::memcpy(at + sizeof header, key.data(), key.size());
        std::memcpy(at + sizeof header + padded(key.size()), value.data(), value.size());
        first_->committed += Record::size_of(key.size(), value.size());
    }

    [[nodiscard]] std::vector<Json> recovered() {
        const RecoveredArenas left(*arenas_);
        const pipeline::EventForm form = pipeline::parse_form({});
        const std::vector<std::string> rules{"error"};
        pipeline::EventEncoder encoder(form.options, form.service, rules);
        pipeline::FrameBatch batch(1, std::size_t{1} << 20);
        std::vector<Json> events;
        for (OpenEvent* const event : left.events()) {
            batch.lines().cut(0);
            encoder.encode(*event, batch.lines());
            INFO(batch.lines().view());
            REQUIRE(Json::accept(batch.lines().view()));
            events.push_back(Json::parse(batch.lines().view()));
        }
        return events;
    }

private:
    testing_journal::TemporaryDirectory directory_;
    std::unique_ptr<ArenaFile> arenas_;
    ArenaHeader* first_ = nullptr;
};

}  // namespace

TEST_CASE("Recovered times that damage made are as long as a number goes, and no overflow") {
    DeadProcess process;
    SECTION("of a request that had ended") {
        process.event().start_ns = kLatest - 5;
        process.event().fate.duration_ns = kLatest;
    }
    SECTION("of one under way, before all time") {
        process.event().stage = Stage::open;
        process.event().start_ns = std::numeric_limits<std::int64_t>::min();
    }
    SECTION("of one that ended before it began") {
        process.event().start_ns = std::numeric_limits<std::int64_t>::min();
        process.event().fate.duration_ns = -1;
    }
    const std::vector<Json> events = process.recovered();
    REQUIRE(events.size() == 1);
    CHECK(events[0]["name"] == "checkout");
}

TEST_CASE("A recovered call whose bytes were damaged costs what comes after the fields before it") {
    for (const std::size_t bytes : {std::size_t{0}, std::size_t{31}, std::size_t{40}}) {
        DeadProcess process;
        process.append("before", Type::string, "here");
        std::string value(bytes, '\0');
        if (bytes == 40) value[24] = 9;  // a name of one byte more than there are
        process.append("calls", Type::call, value);
        const std::vector<Json> events = process.recovered();
        REQUIRE(events.size() == 1);
        CHECK(events[0].at("before") == "here");
        CHECK_FALSE(events[0].contains("calls"));
    }
}

TEST_CASE("A recovered weight that is no number counts the event once") {
    DeadProcess process;
    const double weight = GENERATE(std::nan(""), std::numeric_limits<double>::infinity(), -3.0);
    process.event().fate.weight = weight;
    const std::vector<Json> events = process.recovered();
    REQUIRE(events.size() == 1);
    CHECK(events[0].value("sample_weight", 1.0) == 1);
}

TEST_CASE("A recovered event whose JSON was damaged has the fields before it") {
    DeadProcess process;
    const std::string damaged = GENERATE("{\"a\":1", "[1,2]]", "", "{\"a\":\n1}", "nul");
    process.append("before", Type::json, "{\"a\":[1,2]}");
    process.append("cart", Type::json, damaged);
    process.append("after", Type::string, "text");
    const std::vector<Json> events = process.recovered();
    REQUIRE(events.size() == 1);
    CHECK(events[0]["before"] == Json{{"a", {1, 2}}});
    CHECK_FALSE(events[0].contains("cart"));
}
