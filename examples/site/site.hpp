// The site's answers: what each request is given, and the one wide event that tells about it.
#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include <httplib.h>
#include <wideline/wideline.hpp>

#include "content_store.hpp"

namespace site {

/// Answers requests; must outlive the server that it serves. Every member may be called from any of the server's
/// threads.
class Site {
public:
    /// Puts the site's routes on `server`.
    void route(httplib::Server& server);

private:
    class Sending;

    void serve(const httplib::Request& http, httplib::Response& response, const Resource& resource,
               wideline::Request request);
    void send_body(httplib::Response& response, std::size_t bytes, std::string_view content_type,
                   wideline::Request request);

    ContentStore content_;
    std::atomic<int> in_flight_ = 0;
    const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    const std::string some_content_ = std::string(std::size_t{256} << 10, '.');
};

}  // namespace site
