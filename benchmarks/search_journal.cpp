// Writes the journal that benchmarks/search.py searches: `bench_search_journal DIRECTORY EVENTS`. The events are those
// of the other benchmarks, varied, in frames as the recorder makes them of a busy service.
#include <algorithm>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

#include "journal/journal_sink.hpp"
#include "pipeline/event_encoder.hpp"
#include "pipeline/frame_batch.hpp"
#include "support/finished_events.hpp"

namespace {

using namespace wideline;

constexpr std::size_t kFrame = 1 << 20;
constexpr std::size_t kMostLine = 2048;
constexpr std::size_t kHeldAtOnce = 8'000;

void write(const std::string& directory, std::size_t count) {
    const SinkPtr sink = journal(directory);
    sink->open(bench::kService);
    pipeline::EventEncoder encoder(Options{}, bench::kService, bench::kRules);
    pipeline::FrameBatch batch(1, kFrame + kFrame / 8);
    const auto send = [&] {
        batch.seal({}, {}, {});
        sink->deliver(batch);
        batch.clear();
    };
    for (std::size_t first = 0; first < count; first += kHeldAtOnce) {
        const bench::FinishedEvents finished(std::min(kHeldAtOnce, count - first), first);
        for (const auto& event : finished.events()) {
            if (batch.lines().size() > kFrame - kMostLine) send();
            encoder.encode(*event, batch.lines());
            batch.count(*event, encoder.pairs());
        }
    }
    send();
    sink->close();
}

}  // namespace

int main(int count, char** arguments) {
    const std::size_t events = count == 3 ? std::strtoull(arguments[2], nullptr, 10) : 0;
    if (events == 0) {
        std::cerr << "usage: bench_search_journal DIRECTORY EVENTS\n";
        return 2;
    }
    try {
        write(arguments[1], events);
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
