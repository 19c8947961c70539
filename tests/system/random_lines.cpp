// random_lines SEED COUNT: writes COUNT random events as JSON lines to stdout, and what each must say, by the model of
// the unit tests, to stderr: one object a line, keys in the same order, without what the library stamps by itself.
#include <wideline/wideline.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "../event/event_log.hpp"
#include "../event/random_event.hpp"

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const std::uint64_t first = std::strtoull(argv[1], nullptr, 10);
    const std::uint64_t count = std::strtoull(argv[2], nullptr, 10);
    event_test::EventLog log;
    const wideline::Limits limits;
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        event_test::Random random(seed);
        event_test::EventModel model(limits);
        random_events::Writer writer(random, model);
        const std::string line = log.line([&] {
            for (std::uint64_t writes = random.below(40); writes > 0; --writes) writer.write(wideline::event());
        });
        std::printf("%s\n", line.c_str());
        std::fprintf(stderr, "%s\n", writer.expected().dump().c_str());
    }
}
