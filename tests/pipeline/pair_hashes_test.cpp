// What a batch says its pairs are. One that is missing is an event that a search does not find.
#include <chrono>
#include <cstdint>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "encoding/pair_hash.hpp"
#include "event/event_log.hpp"
#include "event/random_event.hpp"

using namespace std::chrono_literals;
using event_test::Json;

namespace {

std::set<std::uint64_t> pairs_of_lines(std::string_view lines) {
    std::vector<std::uint64_t> hashes;
    std::istringstream stream{std::string(lines)};
    for (std::string line; std::getline(stream, line);) {
        const Json event = event_test::parse(line);
        for (const auto& [key, value] : event.items())
            if (key != "timestamp") wideline::append_pair_hashes(hashes, wideline::key_hash(key), value.dump());
    }
    return {hashes.begin(), hashes.end()};
}

}  // namespace

TEST_CASE("The pairs of a batch are those of its lines, of whatever its events were made") {
    std::size_t batches = 0;
    std::size_t wrong = 0;
    wideline::Options options;
    options.limits = {.fields = 60, .event_bytes = 4 << 10};
    options.memory = 4 << 20;
    options.schema_version = 3;
    options.service = {.name = "a \"service\"", .version = "1", .environment = "test"};
    options.defaults = {{"region", "eu\n"}, {"shard", 7.0}, {"share", 0.5}};
    options.sinks = {wideline::callback_sink([&](const wideline::Batch& batch) {
        const auto told = batch.pair_hashes();
        const std::set<std::uint64_t> pairs{told.begin(), told.end()};
        if (pairs != pairs_of_lines(batch.json_lines())) ++wrong;
        ++batches;
    })};
    wideline::Recorder recorder(options);
    for (std::uint64_t seed = 1; seed <= 2'000; ++seed) {
        event_test::Random random(seed);
        event_test::EventModel model(options.limits);
        random_events::Writer writer(random, model);
        wideline::Request request{"test", recorder};
        for (std::uint64_t i = random.below(40); i > 0; --i) writer.write(request.event());
    }
    REQUIRE(recorder.flush(60s));
    CHECK(batches > 1);
    CHECK(wrong == 0);
}
