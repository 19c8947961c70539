// Serves metrics to a scraper, and whether all is well to an orchestrator: `/metrics` and `/ready`.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace wideline::view {

/// Answers on threads of its own from bind() to the destructor.
class MetricsServer {
public:
    struct Answers {
        std::function<std::string()> metrics;  ///< Prometheus' text format. Any thread.
        std::function<std::string()> trouble;  ///< Sentences; empty if all is well. Any thread.
    };
    explicit MetricsServer(Answers answers);
    ~MetricsServer();
    MetricsServer(const MetricsServer&) = delete;
    MetricsServer& operator=(const MetricsServer&) = delete;

    /// `address` is HOST:PORT; port 0 is any that is free. Gives the address, or nothing if it cannot listen there.
    [[nodiscard]] std::optional<std::string> bind(const std::string& address);

private:
    struct Http;
    std::unique_ptr<Http> http_;
};

}  // namespace wideline::view
