// JSON lines by POST: any 2xx answer delivers; 400 and 422 refuse what is in the batch.
#include <stdexcept>
#include <utility>

#include <wideline/forward/http.hpp>

#include "forward/backend_kinds.hpp"
#include "forward/target_section.hpp"
#include "forward/wire/http_client.hpp"
#include "forward/wire/http_verdict.hpp"

namespace wideline {
namespace {

using delivery::HttpClient;
using delivery::HttpRequest;

std::string base64(std::string_view bytes) {
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        std::uint32_t three = 0;
        const std::size_t there = std::min<std::size_t>(3, bytes.size() - at);
        for (std::size_t i = 0; i < 3; ++i)
            three = three << 8 | (i < there ? static_cast<unsigned char>(bytes[at + i]) : 0U);
        for (std::size_t i = 0; i < 4; ++i) text.push_back(i <= there ? kDigits[three >> (18 - 6 * i) & 63] : '=');
    }
    return text;
}

class NdjsonBackend final : public Backend {
public:
    NdjsonBackend(const forward::Http& options, HttpClient::Options client)
        : client_(std::move(client)), url_(options.url), compression_(options.compression) {
        headers_.emplace_back("Content-Type: application/x-ndjson");
        for (const auto& [name, value] : options.headers) headers_.push_back(name + ": " + value);
        if (options.token) {
            headers_.push_back("Authorization: Bearer " + options.token.reveal());
        } else if (!options.user.empty() || options.password) {
            headers_.push_back("Authorization: Basic " + base64(options.user + ":" + options.password.reveal()));
        }
        if (compression_ != "none") headers_.push_back("Content-Encoding: " + compression_);
    }

    Verdict send(const Parcel& parcel, std::chrono::milliseconds timeout) noexcept override try {
        const std::string body = delivery::encoded(compression_, parcel.lines);
        HttpRequest request;
        request.url = url_;
        request.headers = headers_;
        request.headers.push_back("Idempotency-Key: " + std::string(parcel.token));
        request.body = body;
        request.timeout = timeout;
        return delivery::verdict_of_status(client_.send(request));
    } catch (const std::exception& error) {
        return delivery::verdict_of(error);
    }

    /// The server is asked for the page itself: any answer but one that refuses us shows that it is there.
    Verdict probe(std::chrono::milliseconds timeout) noexcept override try {
        HttpRequest request;
        request.method = "GET";
        request.url = url_;
        request.headers = headers_;
        request.timeout = timeout;
        Verdict verdict = delivery::verdict_of_status(client_.send(request));
        if (verdict.status == 405 || verdict.status == 404 || verdict.status == 400) verdict.kind = Verdict::delivered;
        return verdict;
    } catch (const std::exception& error) {
        return delivery::verdict_of(error);
    }

    void cancel() noexcept override { client_.cancel(); }

private:
    HttpClient client_;
    std::string url_;
    std::string compression_;
    std::vector<std::string> headers_;
};

class HttpTarget final : public Target {
public:
    HttpTarget(Description description, forward::Http options)
        : Target(std::move(description)), options_(std::move(options)) {}

    [[nodiscard]] std::unique_ptr<Backend> connect(std::chrono::milliseconds connect_timeout) const override {
        return std::make_unique<NdjsonBackend>(options_,
                                               HttpClient::Options{options_.tls, options_.proxy, connect_timeout});
    }

private:
    forward::Http options_;
};

TargetPtr read_http(const config::Section& section) {
    section.allow({"name", "url", "format", "headers", "user", "password", "token", "omit", "tls", "proxy",
                   "compression", "limits", "plain"});
    forward::Http options;
    delivery::read_common(section, options);
    if (section.has("format")) options.format = section.at("format").text();
    if (section.has("headers")) {
        options.headers = delivery::read_texts(section.at("headers"));
        for (const auto& [name, value] : options.headers)
            for (const char* const secret : {"authorization", "proxy-authorization", "cookie", "x-api-key"})
                if (std::equal(name.begin(), name.end(), secret, secret + std::char_traits<char>::length(secret),
                               [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; }))
                    section.at("headers").at(name).refuse(
                        "a credential does not stand in the file: use token, or user and password");
    }
    if (section.has("token")) options.token = delivery::read_secret(section.at("token"));
    return forward::http(std::move(options));
}

const bool kAdded = delivery::add_backend_kind("http", &read_http);

}  // namespace

/// The component's link options name it, so that a program that only loads a configuration has the backend too.
extern "C" WIDELINE_EXPORT const bool* wideline_backend_http() { return &kAdded; }

TargetPtr forward::http(Http options) {
    if (options.format != "ndjson")
        throw std::invalid_argument("format takes \"ndjson\", not \"" + options.format + "\"");
    delivery::check_compression(options.compression);
    const bool secret = options.password || options.token;
    if (options.token && (options.password || !options.user.empty()))
        throw std::invalid_argument("either token, or user and password, can be used");
    if (const std::string wrong = delivery::wrong_url(options.url, secret, options.plain); !wrong.empty())
        throw std::invalid_argument(wrong);
    Target::Description description = delivery::describe("http", options);
    description.secrets = {options.password, options.token};
    return std::make_shared<HttpTarget>(std::move(description), std::move(options));
}

}  // namespace wideline
