// For the tests of a service: what did it log?
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <wideline/export.hpp>
#include <wideline/recorder.hpp>

namespace wideline::testing {

/// While it lives, every event is kept in memory. Installs a recorder of its own: throws std::logic_error where one is
/// installed already. One thread at a time.
class WIDELINE_EXPORT Capture {
public:
    /// Keeps everything.
    Capture();
    /// As the service's own options have it (service, defaults, enrich, limits, sampler, …), but for the sinks.
    explicit Capture(Options options);
    ~Capture();
    Capture(const Capture&) = delete;
    Capture& operator=(const Capture&) = delete;

    /// The events of the requests that have ended so far, oldest batch first.
    [[nodiscard]] std::vector<nlohmann::json> events();
    /// Forgets them.
    void clear();
    [[nodiscard]] Recorder& recorder() noexcept;

private:
    struct Events;
    std::shared_ptr<Events> events_;
    Recorder recorder_;
};

}  // namespace wideline::testing
