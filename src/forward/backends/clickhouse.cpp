// ClickHouse over HTTP. Its HTTP status does not tell bad data from trouble, so the code in its answer decides.
#include <algorithm>
#include <charconv>
#include <set>
#include <stdexcept>
#include <utility>

#include <wideline/forward/clickhouse.hpp>

#include "forward/backend_kinds.hpp"
#include "forward/target_section.hpp"
#include "forward/wire/http_client.hpp"
#include "forward/wire/http_verdict.hpp"
#include "forward/wire/json_edit.hpp"

namespace wideline {
namespace {

using delivery::HttpAnswer;
using delivery::HttpClient;
using delivery::HttpRequest;

constexpr std::chrono::seconds kLinger{5};  // It likes few, large inserts.

template <std::size_t N>
bool is_one_of(int code, const int (&codes)[N]) {
    return std::find(std::begin(codes), std::end(codes), code) != std::end(codes);
}

constexpr int kMemoryLimit = 241;
constexpr int kData[] = {6, 26, 27, 38, 41, 43, 53, 69, 70, 72, 117, 130, 131, 190, 349, 441, 467};
constexpr int kBusy[] = {159, 173, 202, 203, 241, 252, 394};
constexpr int kUnavailable[] = {3, 209, 210, 242, 279, 285, 319, 354, 425, 999, 1002};
constexpr int kConfiguration[] = {16, 60, 81, 89, 115, 164, 192, 193, 194, 291, 497, 516};

/// The number after `before`; 0 if there is none.
int number_after(std::string_view text, std::string_view before) {
    const std::size_t at = text.find(before);
    if (at == std::string_view::npos) return 0;
    int number = 0;
    const std::string_view digits = text.substr(at + before.size());
    (void)std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

int code_of(const HttpAnswer& answer) {
    if (const auto header = answer.headers.find("x-clickhouse-exception-code"); header != answer.headers.end()) {
        const int code = number_after(header->second, "");
        return code != 0 ? code : -1;
    }
    return number_after(answer.body, "Code: ");
}

Verdict verdict_of(const HttpAnswer& answer) {
    Verdict verdict = delivery::verdict_of_status(answer);
    if (answer.status == 0) return verdict;
    const int code = code_of(answer);
    if (answer.status == 200 && code == 0 && answer.body.empty()) return verdict;
    if (code > 0) verdict.code = std::to_string(code);
    if (is_one_of(code, kData)) {
        verdict.kind = Verdict::data;
        if (const int row = number_after(answer.body, "(at row "); row > 0)
            verdict.culprit = static_cast<std::uint32_t>(row - 1);
    } else if (is_one_of(code, kBusy)) {
        verdict.kind = Verdict::busy;
    } else if (is_one_of(code, kUnavailable)) {
        verdict.kind = Verdict::unavailable;
    } else if (is_one_of(code, kConfiguration)) {
        verdict.kind = Verdict::configuration;
    } else if (verdict.kind == Verdict::delivered || verdict.kind == Verdict::data) {
        verdict.kind = Verdict::unavailable;  // Its codes say that, and not its status.
    }
    return verdict;
}

std::string quoted_name(const std::string& name) {
    std::string quoted = "`";
    for (const char c : name) {
        if (c == '`' || c == '\\') quoted.push_back('\\');
        quoted.push_back(c);
    }
    return quoted + "`";
}

class ClickHouseBackend final : public Backend {
public:
    ClickHouseBackend(const forward::ClickHouse& options, HttpClient::Options client)
        : client_(std::move(client)), options_(options) {
        while (options_.url.ends_with('/')) options_.url.pop_back();
        headers_.push_back("X-ClickHouse-User: " + options_.user);
        if (options_.password) headers_.push_back("X-ClickHouse-Key: " + options_.password.reveal());
    }

    Verdict send(const Parcel& parcel, std::chrono::milliseconds timeout) noexcept override try {
        const auto until = std::chrono::steady_clock::now() + timeout;
        if (insert_url_.empty())
            if (Verdict refusal = learn(timeout); refusal.kind != Verdict::delivered) return refusal;
        std::string renamed;
        if (!options_.dots.empty())
            for (const std::string_view event : parcel.events) {
                delivery::append_with_dots(event, options_.dots, renamed);
                renamed.push_back('\n');
            }
        const std::string body =
            delivery::encoded(options_.compression, options_.dots.empty() ? parcel.lines : std::string_view(renamed));
        HttpRequest request;
        request.url = insert_url_;
        if (takes_token_) request.url += "&insert_deduplication_token=" + std::string(parcel.token);
        request.headers = headers_;
        if (options_.compression != "none") request.headers.push_back("Content-Encoding: " + options_.compression);
        request.body = body;
        request.timeout = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        Verdict verdict = verdict_of(client_.send(request));
        // Not enough memory for the same batch twice: it is too large. One event is left to time.
        const bool short_of_memory = verdict.kind == Verdict::busy && verdict.code == std::to_string(kMemoryLimit);
        if (short_of_memory && short_of_memory_ == parcel.token && parcel.events.size() > 1)
            verdict.kind = Verdict::too_large;
        short_of_memory_ = short_of_memory ? parcel.token : std::string_view();
        return verdict;
    } catch (const std::exception& error) {
        return delivery::verdict_of(error);
    }

    /// Whether the server answers us, and has the table.
    Verdict probe(std::chrono::milliseconds timeout) noexcept override try {
        return ask("SELECT 1 FROM " + table() + " LIMIT 0", timeout).first;
    } catch (const std::exception& error) {
        return delivery::verdict_of(error);
    }

    void cancel() noexcept override { client_.cancel(); }

private:
    [[nodiscard]] std::string table() const {
        return quoted_name(options_.database) + "." + quoted_name(options_.table);
    }

    /// A query that answers with text: delivered if it does.
    std::pair<Verdict, std::string> ask(const std::string& query, std::chrono::milliseconds timeout) {
        HttpRequest request;
        request.url = options_.url + "/";
        request.headers = headers_;
        request.body = query;
        request.timeout = timeout;
        const HttpAnswer answer = client_.send(request);
        Verdict verdict = verdict_of(answer);
        if (answer.status == 200 && code_of(answer) == 0) verdict.kind = Verdict::delivered;
        return {verdict, answer.body};
    }

    /// Which settings the server knows: one that it does not know makes it refuse the insert.
    Verdict learn(std::chrono::milliseconds timeout) {
        auto [verdict, names] = ask("SELECT name FROM system.settings FORMAT TSV", timeout);
        if (verdict.kind != Verdict::delivered) return verdict;
        std::set<std::string_view> known;
        for (std::string_view rest = names; !rest.empty();) {
            const std::size_t end = std::min(rest.find('\n'), rest.size());
            known.insert(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
        constexpr std::pair<const char*, const char*> kSettings[] = {{"input_format_skip_unknown_fields", "1"},
                                                                     {"date_time_input_format", "best_effort"},
                                                                     {"input_format_null_as_default", "1"},
                                                                     {"async_insert", "0"},
                                                                     {"wait_for_async_insert", "1"},
                                                                     {"insert_deduplicate", "1"}};
        std::string url = options_.url + "/?database=" + delivery::url_escaped(options_.database) +
                          "&query=" + delivery::url_escaped("INSERT INTO " + table() + " FORMAT JSONEachRow") +
                          "&wait_end_of_query=1";
        for (const auto& [name, value] : kSettings)
            if (known.contains(name) && !options_.settings.contains(name)) url += std::string("&") + name + "=" + value;
        for (const auto& [name, value] : options_.settings)
            url += "&" + delivery::url_escaped(name) + "=" + delivery::url_escaped(value);
        takes_token_ = known.contains("insert_deduplication_token");
        insert_url_ = std::move(url);
        return verdict;
    }

    HttpClient client_;
    forward::ClickHouse options_;
    std::vector<std::string> headers_;
    std::string insert_url_;
    bool takes_token_ = false;
    std::string short_of_memory_;  ///< The token of the batch that was last too much.
};

class ClickHouseTarget final : public Target {
public:
    ClickHouseTarget(Description description, forward::ClickHouse options)
        : Target(std::move(description)), options_(std::move(options)) {}

    [[nodiscard]] std::unique_ptr<Backend> connect(std::chrono::milliseconds connect_timeout) const override {
        return std::make_unique<ClickHouseBackend>(options_,
                                                   HttpClient::Options{options_.tls, options_.proxy, connect_timeout});
    }

private:
    forward::ClickHouse options_;
};

TargetPtr read_clickhouse(const config::Section& section) {
    section.allow({"name", "url", "database", "table", "user", "password", "settings", "dots", "omit", "tls", "proxy",
                   "compression", "limits", "plain"});
    forward::ClickHouse options;
    delivery::read_common(section, options);
    if (section.has("database")) options.database = section.at("database").text();
    options.table = section.at("table").text();
    if (section.has("settings")) options.settings = delivery::read_texts(section.at("settings"));
    if (section.has("dots")) options.dots = section.at("dots").text();
    return forward::clickhouse(std::move(options));
}

const bool kAdded = delivery::add_backend_kind("clickhouse", &read_clickhouse);

}  // namespace

/// The component's link options name it, so that a program that only loads a configuration has the backend too.
extern "C" WIDELINE_EXPORT const bool* wideline_backend_clickhouse() { return &kAdded; }

TargetPtr forward::clickhouse(ClickHouse options) {
    if (options.table.empty()) throw std::invalid_argument("table is missing");
    if (options.database.empty()) throw std::invalid_argument("database is empty");
    delivery::check_compression(options.compression);
    if (const std::string wrong = delivery::wrong_url(options.url, static_cast<bool>(options.password), options.plain);
        !wrong.empty())
        throw std::invalid_argument(wrong);
    Target::Description description = delivery::describe("clickhouse", options);
    description.linger = kLinger;
    description.secrets = {options.password};
    return std::make_shared<ClickHouseTarget>(std::move(description), std::move(options));
}

}  // namespace wideline
