// The part of DuckDB's C API that a query needs, found at run time: nothing is linked, and without the library every
// verb but `query` and `cache` works. The names are DuckDB's without their "duckdb_"; https://duckdb.org/docs/api/c
// says what each does. Nothing here was changed between DuckDB 1.1 and 1.5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "platform/status.hpp"

namespace wideline::query::duck {

using Index = std::uint64_t;
enum class State : std::int32_t { success = 0, error = 1 };

/// What `duckdb_type` numbers, as far as a value of it can be shown.
enum class TypeId : std::int32_t {
    boolean = 1,
    tinyint = 2,
    smallint = 3,
    integer = 4,
    bigint = 5,
    utinyint = 6,
    usmallint = 7,
    uinteger = 8,
    ubigint = 9,
    real = 10,
    double_ = 11,
    timestamp = 12,
    date = 13,
    time = 14,
    interval = 15,
    hugeint = 16,
    varchar = 17,
    blob = 18,
    decimal = 19,
    timestamp_s = 20,
    timestamp_ms = 21,
    timestamp_ns = 22,
    enumeration = 23,
    list = 24,
    structure = 25,
    map = 26,
    uuid = 27,
    timestamp_tz = 31,
    uhugeint = 32,
    array = 33,
    sql_null = 36,
};

enum class StatementType : std::int32_t { select = 1, insert = 2, update = 3, explain = 4, erase = 5 };
enum class ResultType : std::int32_t { invalid = 0, changed_rows = 1, nothing = 2, query_result = 3 };

using Database = struct DatabaseObject*;
using Connection = struct ConnectionObject*;
using Config = struct ConfigObject*;
using Statements = struct StatementsObject*;
using Prepared = struct PreparedObject*;
using Pending = struct PendingObject*;
using Chunk = struct ChunkObject*;
using Vector = struct VectorObject*;
using LogicalType = struct LogicalTypeObject*;
using TableFunction = struct TableFunctionObject*;
using AggregateFunction = struct AggregateFunctionObject*;
using AggregateState = struct AggregateStateObject*;
using BindInfo = struct BindInfoObject*;
using InitInfo = struct InitInfoObject*;
using FunctionInfo = struct FunctionInfoObject*;
using Value = struct ValueObject*;

struct Result {
    Index deprecated_counts[3] = {};
    void* deprecated_columns = nullptr;
    char* deprecated_message = nullptr;
    void* internal_data = nullptr;
};

/// How a VARCHAR lies in a vector: up to 12 bytes in itself, longer ones elsewhere.
struct StringSlot {
    std::uint32_t length;
    char inlined[4];
    const char* pointer;

    [[nodiscard]] std::string_view view() const noexcept { return {length <= kInlined ? inlined : pointer, length}; }
    /// A text that is longer than kInlined stays where it is, and must stay there.
    void assign(std::string_view text) noexcept;

    static constexpr std::uint32_t kInlined = 12;
};
static_assert(sizeof(StringSlot) == 16);

struct ListEntry {
    std::uint64_t offset;
    std::uint64_t length;
};
struct HugeInt {
    std::uint64_t lower;
    std::int64_t upper;
};
struct Interval {
    std::int32_t months;
    std::int32_t days;
    std::int64_t micros;
};

using Destroy = void (*)(void*);
using Bind = void (*)(BindInfo);
using Init = void (*)(InitInfo);
using Function = void (*)(FunctionInfo, Chunk);
using AggregateSize = Index (*)(FunctionInfo);
using AggregateInit = void (*)(FunctionInfo, AggregateState);
using AggregateUpdate = void (*)(FunctionInfo, Chunk, AggregateState*);
using AggregateCombine = void (*)(FunctionInfo, AggregateState*, AggregateState*, Index);
using AggregateFinalize = void (*)(FunctionInfo, AggregateState*, Vector, Index, Index);
using AggregateDestroy = void (*)(AggregateState*, Index);

// clang-format off
#define WIDELINE_DUCKDB_FUNCTIONS(X)                                                                    \
    X(State, create_config, (Config*))                                                                  \
    X(State, set_config, (Config, const char* name, const char* value))                                 \
    X(void, destroy_config, (Config*))                                                                  \
    X(State, open_ext, (const char* path, Database*, Config, char** error))                             \
    X(void, close, (Database*))                                                                         \
    X(State, connect, (Database, Connection*))                                                          \
    X(void, disconnect, (Connection*))                                                                  \
    X(void, interrupt, (Connection))                                                                    \
    X(void, free, (void*))                                                                              \
    X(Index, extract_statements, (Connection, const char* sql, Statements*))                            \
    X(const char*, extract_statements_error, (Statements))                                              \
    X(void, destroy_extracted, (Statements*))                                                           \
    X(State, prepare_extracted_statement, (Connection, Statements, Index, Prepared*))                   \
    X(const char*, prepare_error, (Prepared))                                                           \
    X(StatementType, prepared_statement_type, (Prepared))                                               \
    X(void, destroy_prepare, (Prepared*))                                                               \
    X(State, pending_prepared_streaming, (Prepared, Pending*))                                          \
    X(const char*, pending_error, (Pending))                                                            \
    X(State, execute_pending, (Pending, Result*))                                                       \
    X(void, destroy_pending, (Pending*))                                                                \
    X(const char*, result_error, (Result*))                                                             \
    X(ResultType, result_return_type, (Result))                                                         \
    X(Index, column_count, (Result*))                                                                   \
    X(const char*, column_name, (Result*, Index))                                                       \
    X(LogicalType, column_logical_type, (Result*, Index))                                               \
    X(Chunk, fetch_chunk, (Result))                                                                     \
    X(void, destroy_result, (Result*))                                                                  \
    X(Index, data_chunk_get_size, (Chunk))                                                              \
    X(void, data_chunk_set_size, (Chunk, Index))                                                        \
    X(Vector, data_chunk_get_vector, (Chunk, Index))                                                    \
    X(void, destroy_data_chunk, (Chunk*))                                                               \
    X(Index, vector_size, ())                                                                           \
    X(void*, vector_get_data, (Vector))                                                                 \
    X(std::uint64_t*, vector_get_validity, (Vector))                                                    \
    X(void, vector_ensure_validity_writable, (Vector))                                                  \
    X(void, vector_assign_string_element_len, (Vector, Index, const char*, Index))                      \
    X(Vector, list_vector_get_child, (Vector))                                                          \
    X(State, list_vector_set_size, (Vector, Index))                                                     \
    X(State, list_vector_reserve, (Vector, Index))                                                      \
    X(Vector, struct_vector_get_child, (Vector, Index))                                                 \
    X(Vector, array_vector_get_child, (Vector))                                                         \
    X(LogicalType, create_logical_type, (TypeId))                                                       \
    X(LogicalType, create_list_type, (LogicalType))                                                     \
    X(void, logical_type_set_alias, (LogicalType, const char*))                                         \
    X(char*, logical_type_get_alias, (LogicalType))                                                     \
    X(TypeId, get_type_id, (LogicalType))                                                               \
    X(std::uint8_t, decimal_scale, (LogicalType))                                                       \
    X(TypeId, decimal_internal_type, (LogicalType))                                                     \
    X(TypeId, enum_internal_type, (LogicalType))                                                        \
    X(char*, enum_dictionary_value, (LogicalType, Index))                                               \
    X(LogicalType, list_type_child_type, (LogicalType))                                                 \
    X(LogicalType, array_type_child_type, (LogicalType))                                                \
    X(Index, array_type_array_size, (LogicalType))                                                      \
    X(LogicalType, map_type_key_type, (LogicalType))                                                    \
    X(LogicalType, map_type_value_type, (LogicalType))                                                  \
    X(Index, struct_type_child_count, (LogicalType))                                                    \
    X(char*, struct_type_child_name, (LogicalType, Index))                                              \
    X(LogicalType, struct_type_child_type, (LogicalType, Index))                                        \
    X(void, destroy_logical_type, (LogicalType*))                                                       \
    X(TableFunction, create_table_function, ())                                                         \
    X(void, destroy_table_function, (TableFunction*))                                                   \
    X(void, table_function_set_name, (TableFunction, const char*))                                      \
    X(void, table_function_add_parameter, (TableFunction, LogicalType))                                 \
    X(void, table_function_set_extra_info, (TableFunction, void*, Destroy))                             \
    X(void, table_function_set_bind, (TableFunction, Bind))                                             \
    X(void, table_function_set_init, (TableFunction, Init))                                             \
    X(void, table_function_set_local_init, (TableFunction, Init))                                       \
    X(void, table_function_set_function, (TableFunction, Function))                                     \
    X(void, table_function_supports_projection_pushdown, (TableFunction, bool))                         \
    X(State, register_table_function, (Connection, TableFunction))                                      \
    X(void*, bind_get_extra_info, (BindInfo))                                                           \
    X(Value, bind_get_parameter, (BindInfo, Index))                                                     \
    X(std::int64_t, get_int64, (Value))                                                                 \
    X(void, destroy_value, (Value*))                                                                    \
    X(void, bind_add_result_column, (BindInfo, const char*, LogicalType))                               \
    X(void, bind_set_bind_data, (BindInfo, void*, Destroy))                                             \
    X(void, bind_set_cardinality, (BindInfo, Index, bool exact))                                        \
    X(void, bind_set_error, (BindInfo, const char*))                                                    \
    X(void*, init_get_bind_data, (InitInfo))                                                            \
    X(void, init_set_init_data, (InitInfo, void*, Destroy))                                             \
    X(Index, init_get_column_count, (InitInfo))                                                         \
    X(Index, init_get_column_index, (InitInfo, Index))                                                  \
    X(void, init_set_max_threads, (InitInfo, Index))                                                    \
    X(void*, function_get_bind_data, (FunctionInfo))                                                    \
    X(void*, function_get_init_data, (FunctionInfo))                                                    \
    X(void*, function_get_local_init_data, (FunctionInfo))                                              \
    X(void, function_set_error, (FunctionInfo, const char*))                                            \
    X(AggregateFunction, create_aggregate_function, ())                                                 \
    X(void, destroy_aggregate_function, (AggregateFunction*))                                           \
    X(void, aggregate_function_set_name, (AggregateFunction, const char*))                              \
    X(void, aggregate_function_add_parameter, (AggregateFunction, LogicalType))                         \
    X(void, aggregate_function_set_return_type, (AggregateFunction, LogicalType))                       \
    X(void, aggregate_function_set_functions, (AggregateFunction, AggregateSize, AggregateInit,         \
                                               AggregateUpdate, AggregateCombine, AggregateFinalize))   \
    X(void, aggregate_function_set_special_handling, (AggregateFunction))                               \
    X(void, aggregate_function_set_destructor, (AggregateFunction, AggregateDestroy))                   \
    X(void, aggregate_function_set_error, (FunctionInfo, const char*))                                  \
    X(State, register_aggregate_function, (Connection, AggregateFunction))
// clang-format on

struct Api {
#define WIDELINE_DUCKDB_MEMBER(result, name, arguments) result(*name) arguments = nullptr;
    WIDELINE_DUCKDB_FUNCTIONS(WIDELINE_DUCKDB_MEMBER)
#undef WIDELINE_DUCKDB_MEMBER
};

/// The library, loaded once for the process's life: from $WIDELINE_DUCKDB (the file or its directory) where that is
/// set, else from beside the program and the system's library paths. The failure is a sentence that says what to do.
/// Any thread.
[[nodiscard]] platform::Result<const Api*> load_api();

}  // namespace wideline::query::duck
