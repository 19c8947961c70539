#include <wideline/testing.hpp>

#include <chrono>
#include <mutex>
#include <utility>

#include "sinks/lines.hpp"

namespace wideline::testing {

struct Capture::Events {
    std::mutex mutex;
    std::vector<nlohmann::json> parsed;
};

namespace {

/// A test that waits this long has a sink that hangs; there is only ours, so it is never waited out.
constexpr std::chrono::seconds kFlushTimeout{60};

}  // namespace

Capture::Capture() : Capture(Options{}) {}

Capture::Capture(Options options)
    : events_(std::make_shared<Events>()), recorder_([&] {
          options.sinks = {callback_sink([events = events_](const Batch& batch) {
              const std::lock_guard lock(events->mutex);
              for_each_line(batch.json_lines(),
                            [&](std::string_view line) { events->parsed.push_back(nlohmann::json::parse(line)); });
          })};
          return install(std::move(options));
      }()) {}

Capture::~Capture() = default;

std::vector<nlohmann::json> Capture::events() {
    recorder_.flush(kFlushTimeout);
    const std::lock_guard lock(events_->mutex);
    return events_->parsed;
}

void Capture::clear() {
    recorder_.flush(kFlushTimeout);
    const std::lock_guard lock(events_->mutex);
    events_->parsed.clear();
}

Recorder& Capture::recorder() noexcept { return recorder_; }

}  // namespace wideline::testing
