// A DuckDB in memory: statements in, rows out. One thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/status.hpp"
#include "query/duckdb_api.hpp"

namespace wideline::query {

/// The rows that a statement gives, fetched while they are made. At most one at a time of a database.
class Rows {
public:
    Rows(const duck::Api& api, duck::Result result);
    ~Rows();
    Rows(Rows&& other) noexcept;
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;
    Rows& operator=(Rows&&) = delete;

    [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }
    [[nodiscard]] const std::vector<duck::LogicalType>& types() const noexcept { return types_; }
    /// Whether it is a statement that has rows at all: not so where it sets or makes something.
    [[nodiscard]] bool any_columns() const noexcept { return has_rows_; }

    /// Calls `take(chunk, rows)` with some thousand rows at a time, to the end.
    platform::Status for_each_chunk(const std::function<void(duck::Chunk, duck::Index)>& take);

    [[nodiscard]] const duck::Api& api() const noexcept { return *api_; }

private:
    const duck::Api* api_;
    duck::Result result_;
    bool owned_ = true;
    bool has_rows_ = false;
    std::vector<std::string> names_;
    std::vector<duck::LogicalType> types_;
};

class Database {
public:
    static platform::Result<std::unique_ptr<Database>> open();
    /// The same database for another thread; to be destroyed before this one. Temporary views are each one's own.
    platform::Result<std::unique_ptr<Database>> for_another_thread();
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// Runs every statement of `sql`, and gives each one's rows to `take`. Ends at the first failure.
    platform::Status run(const std::string& sql, const std::function<platform::Status(Rows&)>& take);
    /// Makes the statement that runs fail soon, from a signal's handler too: it is one store to an atomic variable.
    void interrupt() const noexcept { api_.interrupt(connection_); }
    /// For statements whose rows are of no interest.
    platform::Status run(const std::string& sql);
    /// The rows of `sql` whose columns are all VARCHAR; null is an empty text.
    platform::Result<std::vector<std::vector<std::string>>> texts(const std::string& sql);

    [[nodiscard]] const duck::Api& api() const noexcept { return api_; }
    [[nodiscard]] duck::Connection connection() const noexcept { return connection_; }

private:
    explicit Database(const duck::Api& api) : api_(api) {}
    platform::Status configure();
    platform::Status connect();
    platform::Result<Rows> start(duck::Statements statements, duck::Index number);

    const duck::Api& api_;
    duck::Database database_ = nullptr;
    bool owned_ = true;
    duck::Connection connection_ = nullptr;
};

}  // namespace wideline::query
