// A finished request made of plain values, for tests of rules: written into a real event, read through a real
// EventView.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>
#include <wideline/detail/watched_keys.hpp>
#include <wideline/event_view.hpp>

namespace wideline::testing {

using SampleValue = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string,
                                 std::vector<std::string>, std::chrono::system_clock::time_point, nlohmann::json>;

struct SampleRequest {
    std::string name = "request";
    std::chrono::nanoseconds duration{0};
    bool failed = false;
    bool cancelled = false;
    bool upstream_sampled = false;
    bool continues_trace = true;
    std::uint64_t randomness = 0;
    std::uint64_t parent_span_id = 0;
    std::string tracestate{};
    std::vector<std::pair<std::string, SampleValue>> fields{};  // in the order of writing
};

/// The event of a SampleRequest, opened with those watched keys.
class SampleEvent {
public:
    SampleEvent(const SampleRequest& request, const detail::WatchedKeys& keys);
    ~SampleEvent();
    [[nodiscard]] EventView view() const;
    /// The same fields in another request: of that trace, ended at that time of the monotonic clock.
    void replay(std::uint64_t randomness, std::int64_t end_ns, std::chrono::nanoseconds duration);

private:
    struct Opened;
    std::unique_ptr<Opened> opened_;
};

}  // namespace wideline::testing
