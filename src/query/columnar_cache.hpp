// What a closed segment holds, once more, in columns: a Parquet file that answers a question in a thirtieth of the
// time.
//
//   logs/checkout-20261123T220102Z-4711-0.jsonl.zst
//   logs/.wideline-cache/checkout-20261123T220102Z-4711-0.jsonl.zst.1f0c9a64be5d7788.parquet
//
// The number in the name is a hash of the segment's size, time of change, and last bytes, so a file that was made of
// another state of the segment is never even looked at. It is written under a hidden name and renamed when it is whole.
// The journal never reads it: delete the directory at any time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/file_system.hpp"
#include "query/line_scan.hpp"
#include "query/line_survey.hpp"

namespace wideline::query {

struct CachedSegment {
    std::string file;
    std::vector<Column> columns;
    std::uint64_t events = 0;
};

/// Where the cache of a segment is to be, as the segment is now; nothing where it is not closed or cannot be read: what
/// still grows is not cached.
[[nodiscard]] std::optional<std::string> cache_file_of(platform::FileSystem& files, const std::string& segment);

/// Whether there is a file of that name that was written to its end.
[[nodiscard]] bool cache_is_there(platform::FileSystem& files, const std::string& file);

/// Writes `table`, which has all lines of `segment`, into the `file` that cache_file_of() gave before they were read,
/// and removes what other states of the segment left. After a failure, as when the segment has changed since, there is
/// no such file.
platform::Status write_cache(Database& database, platform::FileSystem& files, const std::string& segment,
                             const std::string& file, const std::string& table, const LineSurvey& survey);

/// SQL of a table with what caches hold, all of the same columns.
[[nodiscard]] std::string cached_table(const std::vector<std::string>& files);

/// What a cache holds; nothing where it cannot be read.
[[nodiscard]] std::optional<CachedSegment> read_cache(Database& database, const std::string& file);

/// SQL of the cached column `name`, as the type that it was inferred to have.
[[nodiscard]] std::string cached_column(const std::string& name, ColumnType type);

/// Removes the caches of segments that are not there any more. What cannot be removed stays.
void remove_orphaned_caches(platform::FileSystem& files, const std::string& directory);

}  // namespace wideline::query
