// What two threads that write to one event at once may leave in its arena: any bytes. The pipeline must survive them.
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "catch.hpp"
#include "event/open_event.hpp"
#include "request/recorded_events.hpp"

using namespace wideline::detail;
using request_test::RecordedEvents;
namespace wl = wideline;

namespace {

void fill(wl::Event& event) {
    event.set("first", 1);
    event.set("text", "a text of some length");
    event.set("list", std::vector<std::string>{"one", "two", "three"});
    event.set("json", nlohmann::json::parse(R"({"a":[1,2,{"b":"c"}]})"));
    event.append("items", 4);
    event.add("sum", 0.5);
    event.note("a note");
    event.note("a line", {.level = "warn", .file = "checkout.cpp", .line = 42});
    event.set("last", true);
}

}  // namespace

TEST_CASE("An event that was damaged is written as far as it is whole, and counted") {
    RecordedEvents log;
    {
        wl::Request request{"damaged", log.recorder()};
        fill(request.event());
        auto& event = static_cast<OpenEvent&>(request.event());
        const Record* record = event.arena_->begin();
        while (record->key() != "items") record = record->next();
        std::memset(const_cast<Record*>(record), 0xff, sizeof(Record));  // longer than any arena
    }
    const auto found = log.event();
    CHECK(found.at("first") == 1);
    CHECK(found.at("json").at("a").size() == 3);
    CHECK_FALSE(found.contains("items"));
    CHECK_FALSE(found.contains("last"));
    CHECK(log.stats().damaged_events == 1);
}

TEST_CASE("Whatever bytes are in its arena, an event is a line of JSON, and the next ones are whole") {
    constexpr int kRounds = 400;
    std::mt19937_64 random{20261127};
    RecordedEvents log;
    for (int round = 0; round < kRounds; ++round) {
        {
            wl::Request request{"damaged", log.recorder()};
            for (std::uint64_t i = random() % 4; i != 0; --i) request.event().set("filler", std::string(1500, 'x'));
            fill(request.event());
            auto& event = static_cast<OpenEvent&>(request.event());
            auto* const bytes = reinterpret_cast<unsigned char*>(event.arena_);
            const std::uint32_t begin = kFirstRecord + Record::size_of(0, 7);  // the name is not damaged
            const std::uint32_t end = event.arena_->bytes();
            for (std::uint64_t flips = random() % 8; flips != 0; --flips)
                bytes[begin + random() % (end - begin)] ^= static_cast<unsigned char>(random() | 1);
            if (round % 16 == 0) event.arena_->commit(random() >> random() % 64);
        }
        {
            wl::Request request{"whole", log.recorder()};
            fill(request.event());
        }
    }
    int damaged = 0;
    int whole = 0;
    for (const auto& event : log.events()) {  // parsed already
        damaged += event.at("name") == "whole" ? 0 : 1;
        if (event.at("name") == "whole" && event.value("last", false) && event.at("items").size() == 1) ++whole;
    }
    CHECK(damaged == kRounds);
    CHECK(whole == kRounds);
    CHECK(log.stats().damaged_events > kRounds / 8);
    CHECK(log.stats().damaged_events < kRounds);
}
