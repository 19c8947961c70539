// write_journal DIRECTORY EVENTS EVENTS_A_FRAME [killed]: a journal for the scripts here, the same events every time.
// With `killed` it ends without closing the segment, as a process does that is killed.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "../journal/test_batch.hpp"

using namespace wideline;

namespace {

struct Event {
    std::string line;
    bool failed = false;
    double weight = 1;
};

Event event(int number) {
    Event made;
    made.failed = number % 17 == 3;
    made.weight = made.failed ? 1 : 1 + number % 5 * 10;
    const int second = number % 3600;
    char text[768];
    std::snprintf(
        text, sizeof text,
        "{\"timestamp\":\"2026-11-23T22:%02d:%02d.%06dZ\",\"name\":\"%s\",\"duration_ms\":%d.25,\"outcome\":\"%s\","
        "\"sample_weight\":%d,\"user.id\":\"u_%d\",\"number\":%d,\"user_agent.original\":\"Mozilla/5.0 (X11; Linux "
        "x86_64) "
        "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0 (some %d bytes a line, so "
        "that frames are large)\"%s}\n",
        second / 60, second % 60, number, number % 3 == 0 ? "search" : "checkout", number * 7919 % 1000,
        made.failed ? "error" : "success", static_cast<int>(made.weight), number % 100, number, 380,
        made.failed ? ",\"error.type\":\"card_declined\",\"error.why\":\"insufficient funds\"" : "");
    made.line = text;
    return made;
}

class Events final : public Batch {
public:
    Events(int from, int to, std::uint64_t number, int total) {
        std::int64_t first = INT64_MAX;
        std::int64_t last = INT64_MIN;
        for (int i = from; i < to && i < total; ++i) {
            const Event made = event(i);
            lines_ += made.line;
            ++events_;
            errors_ += made.failed ? 1 : 0;
            weight_ += made.weight;
            const std::int64_t time = kBegin + i % 3600 * 1'000'000LL + i;
            first = std::min(first, time);
            last = std::max(last, time);
        }
        json_lines_ = lines_;
        first_ = TimePoint(std::chrono::microseconds(first));
        last_ = TimePoint(std::chrono::microseconds(last));
        stream_ = static_cast<std::uint64_t>(::getpid());  // A run is of one process.
        sequence_ = number;
        sampled_away_ = kAway;
        frame_ = testing_journal::TestBatch::compress(lines_);
    }

protected:
    std::string_view compressed() const noexcept override { return frame_; }

private:
    static constexpr std::int64_t kBegin = 1'795'471'200'000'000;  // 2026-11-23T22:00:00Z
    static constexpr SampledAway kAway[] = {{"otherwise", 40}, {"health", 2}};

    std::string lines_;
    std::string frame_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) return 2;
    Service service;
    service.name = "checkout";
    const SinkPtr sink = journal(argv[1]);
    sink->open(service);
    const int total = std::atoi(argv[2]);
    const int step = std::atoi(argv[3]);
    for (int from = 0; from < total; from += step)
        sink->deliver(Events(from, from + step, static_cast<std::uint64_t>(from / step), total));
    if (argc > 4) ::_exit(0);
    sink->close();
}
