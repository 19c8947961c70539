// HTTP requests by libcurl: the one place that knows it. HTTP/1.1, a connection that is kept, no redirects, TLS 1.2 and
// later, answers cut at 1 MiB, and an end to every request.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wideline/forward.hpp>

namespace wideline::delivery {

struct HttpRequest {
    const char* method = "POST";
    std::string url;
    std::vector<std::string> headers;  ///< "Name: value"
    std::string_view body;             ///< Stays where it is during the call.
    std::chrono::milliseconds timeout{};
};

struct HttpAnswer {
    int status = 0;                              ///< 0: there was none, or not all of it.
    std::map<std::string, std::string> headers;  ///< Names in small letters.
    std::string body;
    std::string problem;     ///< Why there is no whole answer, for people.
    bool untrusted = false;  ///< The server's certificate, or ours, was refused: retrying mends nothing.
};

/// One thread at a time; `cancel` by any.
class WIDELINE_EXPORT HttpClient {
public:
    struct Options {
        forward::Tls tls;
        std::string proxy;
        std::chrono::milliseconds connect_timeout{10'000};
    };
    /// Throws std::runtime_error if libcurl cannot start.
    explicit HttpClient(Options options);
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    /// Returns within the timeout. Throws only std::bad_alloc.
    [[nodiscard]] HttpAnswer send(const HttpRequest& request);
    /// Ends what is under way, and all that comes.
    void cancel() noexcept;

private:
    struct Handles;

    /// The URL to ask for if the server's certificate has another name than its address.
    [[nodiscard]] std::string named_url(const std::string& url, std::vector<std::string>& headers, std::string& route);

    std::unique_ptr<Handles> handles_;
    std::string server_name_;
    std::atomic<bool> cancelled_{false};
};

/// How long a server asks us to wait: the header Retry-After, in seconds or as a date.
[[nodiscard]] WIDELINE_EXPORT std::optional<std::chrono::milliseconds> retry_after_of(
    const HttpAnswer& answer, std::chrono::system_clock::time_point now);

/// What is wrong with a target's URL; empty if nothing is. It has to be http or https, without credentials in it;
/// `secret_sent`: credentials go over it, which plain HTTP allows only to this machine, or if `plain` says so.
[[nodiscard]] WIDELINE_EXPORT std::string wrong_url(const std::string& url, bool secret_sent, bool plain);

/// Escaped for the query of a URL.
[[nodiscard]] WIDELINE_EXPORT std::string url_escaped(std::string_view text);

/// Throws std::invalid_argument with a sentence if `how` is none of those that encoded() takes.
WIDELINE_EXPORT void check_compression(const std::string& how);
/// `how` is "gzip", "zstd" or "none"; the bytes as they go over the wire.
[[nodiscard]] WIDELINE_EXPORT std::string encoded(std::string_view how, std::string_view text);

}  // namespace wideline::delivery
