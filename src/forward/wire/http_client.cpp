#include "forward/wire/http_client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <stdexcept>

namespace wideline::delivery {
namespace {

constexpr std::size_t kMostAnswer = std::size_t{1} << 20;
constexpr std::size_t kMostHeaders = 200;

struct Receiving {
    HttpAnswer answer;
    bool head_ended = false;  ///< libcurl takes a connection that ends within the headers for a whole answer.
};

class Url {
public:
    explicit Url(const std::string& url) : url_(::curl_url()) {
        if (url_ == nullptr) throw std::bad_alloc();
        good_ = ::curl_url_set(url_, CURLUPART_URL, url.c_str(), 0) == CURLUE_OK;
    }
    ~Url() { ::curl_url_cleanup(url_); }
    Url(const Url&) = delete;
    Url& operator=(const Url&) = delete;

    [[nodiscard]] bool good() const noexcept { return good_; }
    [[nodiscard]] std::string part(CURLUPart which) const {
        char* text = nullptr;
        if (::curl_url_get(url_, which, &text, 0) != CURLUE_OK) return {};
        std::string copy(text);
        ::curl_free(text);
        return copy;
    }
    void set_host(const std::string& host) { ::curl_url_set(url_, CURLUPART_HOST, host.c_str(), 0); }

private:
    CURLU* url_;
    bool good_ = false;
};

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* to) {
    std::string& body = static_cast<Receiving*>(to)->answer.body;
    const std::size_t bytes = size * count;
    body.append(data, std::min(bytes, kMostAnswer - std::min(kMostAnswer, body.size())));
    return bytes;  // What is over the limit is read and dropped: the connection stays of use.
}

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* to) {
    Receiving& receiving = *static_cast<Receiving*>(to);
    HttpAnswer& answer = receiving.answer;
    std::string_view line(data, size * count);
    receiving.head_ended = line == "\r\n" || line == "\n";
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos && answer.headers.size() < kMostHeaders) {
        std::string name(line.substr(0, colon));
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        std::string_view value = line.substr(colon + 1);
        while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
        while (!value.empty() && (value.back() == '\r' || value.back() == '\n')) value.remove_suffix(1);
        answer.headers[std::move(name)] = value;
    }
    return size * count;
}

void start_curl() {
    static const CURLcode started = ::curl_global_init(CURL_GLOBAL_DEFAULT);
    if (started != CURLE_OK) throw std::runtime_error("libcurl does not start");
}

bool is_trust(CURLcode code) {
    constexpr std::array kCodes = {
        CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,       CURLE_SSL_CACERT_BADFILE,
        CURLE_SSL_ISSUER_ERROR,         CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CIPHER,
        CURLE_SSL_ENGINE_NOTFOUND,      CURLE_URL_MALFORMAT,         CURLE_UNSUPPORTED_PROTOCOL};
    return std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
}

}  // namespace

struct HttpClient::Handles {
    CURL* easy = nullptr;
    CURLM* multi = nullptr;
    std::array<char, CURL_ERROR_SIZE> error{};

    Handles() : easy(::curl_easy_init()), multi(::curl_multi_init()) {}
    ~Handles() {
        ::curl_easy_cleanup(easy);
        ::curl_multi_cleanup(multi);
    }
    Handles(const Handles&) = delete;
    Handles& operator=(const Handles&) = delete;
};

HttpClient::HttpClient(Options options) : server_name_(options.tls.server_name) {
    start_curl();
    handles_ = std::make_unique<Handles>();
    CURL* const easy = handles_->easy;
    if (easy == nullptr || handles_->multi == nullptr) throw std::runtime_error("libcurl does not start");
    ::curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    ::curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
    ::curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    ::curl_easy_setopt(easy, CURLOPT_USERAGENT, "wideline/" WIDELINE_VERSION);
    ::curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, handles_->error.data());
    ::curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, long(options.connect_timeout.count()));
    ::curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &take_body);
    ::curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &take_header);
    ::curl_easy_setopt(easy, CURLOPT_PROXY, options.proxy.c_str());
#if LIBCURL_VERSION_NUM >= 0x075500
    ::curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    ::curl_easy_setopt(easy, CURLOPT_PROTOCOLS, long{CURLPROTO_HTTP | CURLPROTO_HTTPS});
#endif
    ::curl_easy_setopt(easy, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
    ::curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, options.tls.verify ? 1L : 0L);
    ::curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, options.tls.verify ? 2L : 0L);
    if (!options.tls.ca.empty()) ::curl_easy_setopt(easy, CURLOPT_CAINFO, options.tls.ca.c_str());
    if (!options.tls.certificate.empty()) ::curl_easy_setopt(easy, CURLOPT_SSLCERT, options.tls.certificate.c_str());
    if (!options.tls.key.empty()) ::curl_easy_setopt(easy, CURLOPT_SSLKEY, options.tls.key.c_str());
}

HttpClient::~HttpClient() = default;

void HttpClient::cancel() noexcept {
    cancelled_ = true;
    ::curl_multi_wakeup(handles_->multi);
}

HttpAnswer HttpClient::send(const HttpRequest& request) {
    CURL* const easy = handles_->easy;
    CURLM* const multi = handles_->multi;
    Receiving receiving;
    curl_slist* headers = nullptr;
    std::vector<std::string> lines = request.headers;
    std::string route;
    const std::string url = server_name_.empty() ? request.url : named_url(request.url, lines, route);
    curl_slist* const connect_to = route.empty() ? nullptr : ::curl_slist_append(nullptr, route.c_str());
    ::curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to);
    for (const std::string& header : lines) headers = ::curl_slist_append(headers, header.c_str());
    headers = ::curl_slist_append(headers, "Expect:");
    handles_->error[0] = '\0';
    ::curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    ::curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    ::curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, long(std::max<std::int64_t>(request.timeout.count(), 1)));
    ::curl_easy_setopt(easy, CURLOPT_WRITEDATA, &receiving);
    ::curl_easy_setopt(easy, CURLOPT_HEADERDATA, &receiving);
    if (std::string_view(request.method) == "GET") {
        ::curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    } else {
        ::curl_easy_setopt(easy, CURLOPT_POST, 1L);
        ::curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        ::curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
    }

    CURLcode result = CURLE_FAILED_INIT;
    if (::curl_multi_add_handle(multi, easy) == CURLM_OK) {
        int running = 1;
        while (running != 0 && !cancelled_) {
            if (::curl_multi_perform(multi, &running) != CURLM_OK) break;
            constexpr int kMostPause = 1000;
            if (running != 0) ::curl_multi_poll(multi, nullptr, 0, kMostPause, nullptr);
        }
        int left = 0;
        if (cancelled_) result = CURLE_ABORTED_BY_CALLBACK;
        while (const CURLMsg* const message = ::curl_multi_info_read(multi, &left))
            if (message->msg == CURLMSG_DONE) result = message->data.result;
        ::curl_multi_remove_handle(multi, easy);
    }
    ::curl_slist_free_all(headers);
    ::curl_slist_free_all(connect_to);
    ::curl_easy_setopt(easy, CURLOPT_HTTPHEADER, nullptr);
    ::curl_easy_setopt(easy, CURLOPT_CONNECT_TO, nullptr);

    HttpAnswer answer = std::move(receiving.answer);
    if (result == CURLE_OK && receiving.head_ended) {
        long status = 0;
        ::curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        answer.status = static_cast<int>(status);
        return answer;
    }
    answer.problem = result == CURLE_OK           ? "the answer ends within its headers"
                     : handles_->error[0] != '\0' ? handles_->error.data()
                                                  : ::curl_easy_strerror(result);
    answer.untrusted = is_trust(result);
    answer.status = 0;
    return answer;
}

std::optional<std::chrono::milliseconds> retry_after_of(const HttpAnswer& answer,
                                                        std::chrono::system_clock::time_point now) {
    const auto found = answer.headers.find("retry-after");
    if (found == answer.headers.end()) return std::nullopt;
    const std::string& text = found->second;
    constexpr std::int64_t kMost = 365LL * 86'400;
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error == std::errc::result_out_of_range && !text.starts_with('-')) return std::chrono::seconds(kMost);
    if (error == std::errc() && end == text.data() + text.size()) {
        if (seconds < 0) return std::nullopt;
        return std::chrono::seconds(std::min(seconds, kMost));
    }
    const time_t at = ::curl_getdate(text.c_str(), nullptr);
    if (at < 0) return std::nullopt;
    const auto left = std::chrono::system_clock::from_time_t(at) - now;
    return std::clamp(std::chrono::ceil<std::chrono::milliseconds>(left), std::chrono::milliseconds(0),
                      std::chrono::milliseconds(kMost * 1000));
}

/// It asks for the name, so that it is what is verified, and connects to the address.
std::string HttpClient::named_url(const std::string& url, std::vector<std::string>& headers, std::string& route) {
    Url parsed(url);
    const std::string host = parsed.part(CURLUPART_HOST);
    const std::string port = parsed.part(CURLUPART_PORT);
    headers.push_back("Host: " + host + (port.empty() ? "" : ":" + port));
    route = "::" + host + ":" + port;
    parsed.set_host(server_name_);
    return parsed.part(CURLUPART_URL);
}

std::string wrong_url(const std::string& url, bool secret_sent, bool plain) {
    const Url parsed(url);
    if (url.find("://") == std::string::npos || !parsed.good())
        return "the url must begin with https:// or http:// and name a host";
    const std::string scheme = parsed.part(CURLUPART_SCHEME);
    if (scheme != "http" && scheme != "https") return "the url must begin with https:// or http://";
    if (!parsed.part(CURLUPART_USER).empty() || !parsed.part(CURLUPART_PASSWORD).empty())
        return "credentials do not stand in the url: use user and password";
    const std::string host = parsed.part(CURLUPART_HOST);
    const bool here = host == "localhost" || host == "[::1]" || host.starts_with("127.");
    if (scheme == "http" && secret_sent && !here && !plain)
        return "credentials would go over http:// in the clear: use https://, or allow it with plain";
    return {};
}

std::string url_escaped(std::string_view text) {
    if (text.empty()) return {};  // libcurl takes 0 for a length that it is to find out
    const std::unique_ptr<char, void (*)(void*)> escaped(
        ::curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size())), &::curl_free);
    if (escaped == nullptr) throw std::bad_alloc();
    return escaped.get();
}

}  // namespace wideline::delivery
