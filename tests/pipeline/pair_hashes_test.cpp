// What a batch says its pairs are. One that is missing is an event that a search does not find.
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "event/random_event.hpp"
#include "journal/line_pairs.hpp"
#include "pipeline/durable_sink.hpp"

using namespace std::chrono_literals;

namespace {

/// As a reader finds them in the lines.
std::set<std::uint64_t> pairs_of(std::string_view lines) {
    std::vector<std::uint64_t> hashes;
    REQUIRE(wideline::journal_files::append_pairs_of_lines(hashes, lines));
    return {hashes.begin(), hashes.end()};
}

/// A sink that indexes what it writes: only for such a one are pairs made.
class Indexing final : public wideline::pipeline::DurableSink {
public:
    explicit Indexing(std::function<void(const wideline::Batch&)> take) : take_(std::move(take)) {}
    void deliver(const wideline::Batch& batch) override { take_(batch); }
    std::unique_ptr<wideline::detail::ArenaMemory> make_arenas(std::size_t, std::uint64_t, std::string_view) override {
        return nullptr;
    }
    void recover_by(const wideline::Redaction&) override {}
    void wait_in(wideline::pipeline::FrameStore&) override {}
    void retry() noexcept override {}
    void merge_some() noexcept override {}
    [[nodiscard]] std::uint64_t waiting() const noexcept override { return 0; }
    [[nodiscard]] std::uint64_t waiting_with_events() const noexcept override { return 0; }
    [[nodiscard]] std::string directory() const override { return {}; }
    [[nodiscard]] std::string trouble() const override { return {}; }
    [[nodiscard]] std::uint64_t removed() const noexcept override { return 0; }
    [[nodiscard]] std::uint64_t recovered() const noexcept override { return 0; }

private:
    std::function<void(const wideline::Batch&)> take_;
};

}  // namespace

TEST_CASE("The pairs of a batch are those of its lines, of whatever its events were made") {
    std::vector<std::string> lines;
    std::vector<std::set<std::uint64_t>> told;
    wideline::Options options;
    options.limits = {.fields = 60, .event_bytes = 4 << 10};
    options.memory = 4 << 20;
    options.schema_version = 3;
    options.service = {.name = "a \"service\"", .version = "1", .environment = "test"};
    options.defaults = {{"region", "eu\n"}, {"shard", 7.0}, {"share", 0.5}};
    options.sinks = {std::make_shared<Indexing>([&](const wideline::Batch& batch) {
        lines.emplace_back(batch.json_lines());
        told.emplace_back(batch.pair_hashes().begin(), batch.pair_hashes().end());
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
    REQUIRE(lines.size() > 1);
    for (std::size_t i = 0; i < lines.size(); ++i) CHECK(told[i] == pairs_of(lines[i]));
}

TEST_CASE("A text of which U+FFFD replaced as many bytes as it has is found as it is written") {
    std::string line;
    std::set<std::uint64_t> told;
    wideline::Options options;
    options.sinks = {std::make_shared<Indexing>([&](const wideline::Batch& batch) {
        line = batch.json_lines();
        told = {batch.pair_hashes().begin(), batch.pair_hashes().end()};
    })};
    wideline::Recorder recorder(options);
    wideline::Request{"test", recorder}.event().set("cut", std::string_view("\xf0\x9f\x98"));
    REQUIRE(recorder.flush(60s));
    REQUIRE(line.find("\"cut\":\"\xef\xbf\xbd\"") != line.npos);
    CHECK(told == pairs_of(line));
}
