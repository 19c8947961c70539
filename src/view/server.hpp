// Serves the page and its API over HTTP, to this machine alone unless told otherwise.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/file_system.hpp"

namespace wideline::view {

/// Whether a request's Host header names a server that listens on `host`: it does not where a page of another origin
/// had its name lead here (DNS rebinding).
[[nodiscard]] bool is_own_host(const std::string& header, const std::string& host);

class Server {
public:
    struct Options {
        std::vector<std::string> paths;
        std::string host = "127.0.0.1";
        std::optional<int> port;  ///< 0 for any; nothing for kUsualPort, or any where that is taken.
    };
    static constexpr int kUsualPort = 8417;

    explicit Server(const Options& options);
    ~Server();

    /// Binds, and gives the page's address. Nothing where that is not possible.
    [[nodiscard]] std::optional<std::string> bind();
    /// Answers until stop() is called.
    void serve();
    /// From any thread.
    void stop();

private:
    struct Http;
    std::unique_ptr<Http> http_;
};

}  // namespace wideline::view
