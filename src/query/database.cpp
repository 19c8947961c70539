#include "query/database.hpp"

#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "query/weighted_calls.hpp"

namespace wideline::query {
namespace {

/// DuckDB's messages are paragraphs: what is wrong, candidates, and the place in the statement under a caret. One
/// sentence of them.
platform::Failure failure(const char* message) {
    std::string text = message == nullptr || *message == '\0' ? "DuckDB says no more than that it failed" : message;
    text.erase(std::min(text.find("\n\nLINE "), text.size()));
    std::string sentence;
    for (const char c : text) {
        const bool blank = c == '\n' || c == ' ';
        if (blank && (sentence.empty() || sentence.back() == ' ')) continue;
        sentence.push_back(blank ? ' ' : c);
    }
    return {sentence, {}, {}, 0};
}

std::string spill_directory() {
    const char* const temporary = std::getenv("TMPDIR");
    return std::string(temporary != nullptr && *temporary != '\0' ? temporary : "/tmp") + "/wideline-query-" +
           std::to_string(::getpid());
}

}  // namespace

Rows::Rows(const duck::Api& api, duck::Result result) : api_(&api), result_(result) {
    has_rows_ = api.result_return_type(result) == duck::ResultType::query_result;
    for (duck::Index i = 0; i < api.column_count(&result_); ++i) {
        names_.push_back(without_weight(api.column_name(&result_, i)));
        types_.push_back(api.column_logical_type(&result_, i));
    }
}

Rows::Rows(Rows&& other) noexcept
    : api_(other.api_),
      result_(other.result_),
      owned_(std::exchange(other.owned_, false)),
      has_rows_(other.has_rows_),
      names_(std::move(other.names_)),
      types_(std::move(other.types_)) {}

Rows::~Rows() {
    if (!owned_) return;
    for (duck::LogicalType& type : types_) api_->destroy_logical_type(&type);
    api_->destroy_result(&result_);
}

platform::Status Rows::for_each_chunk(const std::function<void(duck::Chunk, duck::Index)>& take) {
    while (duck::Chunk chunk = api_->fetch_chunk(result_)) {
        const duck::Index rows = api_->data_chunk_get_size(chunk);
        const auto destroy = [this](duck::Chunk owned) { api_->destroy_data_chunk(&owned); };
        const std::unique_ptr<std::remove_pointer_t<duck::Chunk>, decltype(destroy)> owner(chunk, destroy);
        if (rows == 0) break;
        take(chunk, rows);
    }
    const char* const error = api_->result_error(&result_);
    if (error != nullptr && *error != '\0') return failure(error);
    return {};
}

platform::Result<std::unique_ptr<Database>> Database::open() {
    const auto api = duck::load_api();
    if (!api.ok()) return api.failure();
    std::unique_ptr<Database> database(new Database(*api.value()));
    const auto configured = database->configure();
    if (!configured.ok()) return configured.failure();
    const auto connected = database->connect();
    if (!connected.ok()) return connected.failure();
    return database;
}

platform::Result<std::unique_ptr<Database>> Database::for_another_thread() {
    std::unique_ptr<Database> other(new Database(api_));
    other->database_ = database_;
    other->owned_ = false;
    const auto connected = other->connect();
    if (!connected.ok()) return connected.failure();
    return other;
}

platform::Status Database::configure() {
    duck::Config config = nullptr;
    if (api_.create_config(&config) != duck::State::success) return failure("DuckDB cannot be configured");
    // Nothing is fetched from the network behind the user's back; what a query does not find in memory goes to the
    // system's temporary directory instead of this one.
    api_.set_config(config, "autoinstall_known_extensions", "false");
    api_.set_config(config, "temp_directory", spill_directory().c_str());
    char* error = nullptr;
    const duck::State opened = api_.open_ext(nullptr, &database_, config, &error);
    api_.destroy_config(&config);
    if (opened != duck::State::success) {
        const platform::Failure reason = failure(error);
        if (error != nullptr) api_.free(error);
        return reason;
    }
    return {};
}

platform::Status Database::connect() {
    if (api_.connect(database_, &connection_) != duck::State::success) return failure("DuckDB gives no connection");
    // Times are UTC in the files, so they are in answers.
    return run("SET TimeZone = 'UTC'");
}

Database::~Database() {
    if (connection_ != nullptr) api_.disconnect(&connection_);
    if (owned_ && database_ != nullptr) api_.close(&database_);
}

platform::Status Database::run(const std::string& sql, const std::function<platform::Status(Rows&)>& take) {
    duck::Statements statements = nullptr;
    const duck::Index count = api_.extract_statements(connection_, sql.c_str(), &statements);
    const auto destroy = [this](duck::Statements owned) { api_.destroy_extracted(&owned); };
    const std::unique_ptr<std::remove_pointer_t<duck::Statements>, decltype(destroy)> owner(statements, destroy);
    const char* const error = statements == nullptr ? nullptr : api_.extract_statements_error(statements);
    if (error != nullptr && *error != '\0') return failure(error);
    for (duck::Index i = 0; i < count; ++i) {
        auto rows = start(statements, i);
        if (!rows.ok()) return rows.failure();
        const auto taken = take(rows.value());
        if (!taken.ok()) return taken.failure();
    }
    return {};
}

platform::Result<Rows> Database::start(duck::Statements statements, duck::Index number) {
    duck::Prepared prepared = nullptr;
    duck::Pending pending = nullptr;
    duck::Result result;
    const auto give_back = [&](platform::Result<Rows> outcome) {
        if (pending != nullptr) api_.destroy_pending(&pending);
        if (prepared != nullptr) api_.destroy_prepare(&prepared);
        return outcome;
    };
    if (api_.prepare_extracted_statement(connection_, statements, number, &prepared) != duck::State::success)
        return give_back(failure(api_.prepare_error(prepared)));
    if (api_.pending_prepared_streaming(prepared, &pending) != duck::State::success)
        return give_back(failure(api_.pending_error(pending)));
    if (api_.execute_pending(pending, &result) != duck::State::success) {
        const platform::Failure reason = failure(api_.result_error(&result));
        api_.destroy_result(&result);
        return give_back(reason);
    }
    return give_back(Rows(api_, result));
}

platform::Status Database::run(const std::string& sql) {
    return run(sql, [](Rows& rows) { return rows.for_each_chunk([](duck::Chunk, duck::Index) {}); });
}

platform::Result<std::vector<std::vector<std::string>>> Database::texts(const std::string& sql) {
    std::vector<std::vector<std::string>> all;
    const auto ran = run(sql, [&](Rows& rows) {
        return rows.for_each_chunk([&](duck::Chunk chunk, duck::Index count) {
            const std::size_t begin = all.size();
            all.resize(begin + count);
            for (duck::Index column = 0; column < rows.names().size(); ++column) {
                const duck::Vector vector = api_.data_chunk_get_vector(chunk, column);
                const auto* const slots = static_cast<const duck::StringSlot*>(api_.vector_get_data(vector));
                const std::uint64_t* const valid = api_.vector_get_validity(vector);
                for (duck::Index row = 0; row < count; ++row) {
                    const bool present = valid == nullptr || (valid[row / 64] >> (row % 64) & 1) != 0;
                    all[begin + row].emplace_back(present ? slots[row].view() : std::string_view());
                }
            }
        });
    });
    if (!ran.ok()) return ran.failure();
    return all;
}

}  // namespace wideline::query
