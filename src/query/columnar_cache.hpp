// What a closed segment holds, once more, in columns: Parquet files that answer a question in a thirtieth of the time.
//
//   logs/checkout-20261123T220102Z-4711-0.jsonl.zst
//   logs/.wideline-cache/checkout-20261123T220102Z-4711-0.jsonl.zst.1f0c9a64be5d7788.0.parquet
//   logs/.wideline-cache/checkout-20261123T220102Z-4711-0.jsonl.zst.1f0c9a64be5d7788.1.parquet
//   logs/.wideline-cache/checkout-20261123T220102Z-4711-0.jsonl.zst.1f0c9a64be5d7788.json
//
// The number is a hash of which file the segment is, its size and when it changed last, so what was made of another
// state of the segment is never even looked at. The .json is written last, and says which Parquet files belong to it
// and in which state they were left. One that anybody has touched since, copied, cut or replaced, is not trusted, and
// the segment is put into columns again. All are written under hidden names and renamed when they are whole.
//
// The journal never reads them: delete the directory at any time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/file_system.hpp"
#include "query/column_list.hpp"
#include "query/database.hpp"
#include "read/seen_frames.hpp"

namespace wideline::query {

/// The events of some neighbouring frames.
struct CachedPart {
    std::string file;
    std::vector<Column> columns;
    std::uint64_t events = 0;
};
struct CachedSegment {
    std::vector<CachedPart> parts;
    std::vector<read::SeenFrames::Run> frames;  ///< Another segment can have some of them too.
};

/// Where the cache of a segment is to be, as the segment is now, without an ending; nothing where it cannot be read.
[[nodiscard]] std::optional<std::string> cache_place_of(platform::FileSystem& files, const std::string& segment);

/// Whether the segment ends as one that nobody writes to any more: what still grows is not cached.
[[nodiscard]] bool is_closed(platform::FileSystem& files, const std::string& segment);

/// The cache at a place; nothing where it is not there, or is not what it was when it was written.
[[nodiscard]] std::optional<CachedSegment> cache_at(platform::FileSystem& files, const std::string& place);

/// Writes the cache of one segment. Parts may be written by several threads at once; all else is one thread's.
class CacheWriter {
public:
    /// Fails where another process is writing the same cache, and where the directory cannot be written.
    static platform::Result<std::unique_ptr<CacheWriter>> begin(platform::FileSystem& files, const std::string& segment,
                                                                const std::string& place);
    /// What was not finished is removed.
    ~CacheWriter();
    CacheWriter(const CacheWriter&) = delete;
    CacheWriter& operator=(const CacheWriter&) = delete;

    /// Writes what SQL gives for `table`, which has `columns`, as part `number`; again where it was written before.
    platform::Status write_part(Database& database, std::size_t number, const std::string& table,
                                const std::vector<Column>& columns);
    /// With all parts, the first first: they become the segment's cache, and what other states of it left is removed.
    /// Fails where the segment changed since.
    platform::Status finish(const CachedSegment& cached);

    [[nodiscard]] std::string part_file(std::size_t number) const;

private:
    CacheWriter(platform::FileSystem& files, const std::string& segment, const std::string& place);
    [[nodiscard]] std::string list_file() const;

    platform::FileSystem& files_;
    std::string segment_;
    std::string place_;
    std::unique_ptr<platform::File> unfinished_list_;  // Its lock tells other processes that this one lives.
};

/// SQL of a table with what caches hold, all of the same columns.
[[nodiscard]] std::string cached_table(const std::vector<std::string>& files);

/// SQL of the cached column `name`, as the type that it was inferred to have.
[[nodiscard]] std::string cached_column(const std::string& name, ColumnType type);

/// Removes the cache at a place.
void remove_cache(platform::FileSystem& files, const std::string& place);

/// Removes the caches of segments that are not there any more. What cannot be removed stays.
void remove_orphaned_caches(platform::FileSystem& files, const std::string& directory);

}  // namespace wideline::query
