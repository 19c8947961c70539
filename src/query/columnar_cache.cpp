#include "query/columnar_cache.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "journal/frame_index.hpp"
#include "journal/little_endian.hpp"
#include "journal/seek_table.hpp"
#include "journal/segment_name.hpp"
#include "journal/unfinished_file.hpp"
#include "read/segment_list.hpp"

namespace wideline::query {
namespace {

constexpr std::string_view kDirectory = ".wideline-cache";
constexpr std::string_view kSuffix = ".parquet";
constexpr std::string_view kParquetMagic = "PAR1";
/// In the name's hash: another form of cache is another file.
constexpr int kForm = 1;
/// Under which a file says what it holds.
constexpr const char* kMetadataKey = "wideline";
/// The seek table gives the size of every frame and the last frame's checksum lies before it: what differs differs
/// here.
constexpr std::uint64_t kHashedTail = 64 << 10;

/// The last bytes of a file, as many as are wanted and there; fewer where it cannot be read.
std::string tail_of(platform::File& file, std::uint64_t size, std::uint64_t wanted) {
    std::string bytes;
    if (!file.skip(size - std::min(size, wanted)).ok()) return bytes;
    bytes.resize(static_cast<std::size_t>(std::min(size, wanted)));
    std::size_t filled = 0;
    while (filled < bytes.size()) {
        const auto read = file.read(std::span(bytes).subspan(filled));
        if (!read.ok() || read.value() == 0) break;
        filled += read.value();
    }
    bytes.resize(filled);
    return bytes;
}

/// Whether the file ends with a seek table, as far as its footer tells.
bool is_closed(std::string_view tail, std::uint64_t size) {
    constexpr std::size_t kFooterBytes = 9;
    if (tail.size() < kFooterBytes || !tail.ends_with("\xB1\xEA\x92\x8F")) return false;
    const std::uint64_t entries = journal_files::little_endian_at<std::uint32_t>(tail, tail.size() - kFooterBytes);
    const std::uint64_t payload = entries * 8 + kFooterBytes;
    const std::uint64_t table = journal_files::kSkippableHeaderBytes + payload;
    if (table > size) return false;
    if (table > tail.size()) return true;
    const std::string_view head = tail.substr(tail.size() - static_cast<std::size_t>(table));
    return journal_files::little_endian_at<std::uint32_t>(head, 0) == journal_files::kSeekTableMagic &&
           journal_files::little_endian_at<std::uint32_t>(head, 4) == payload;
}

std::string metadata_of(const LineSurvey& survey) {
    nlohmann::json metadata = {{"form", kForm}, {"events", survey.events}, {"columns", nlohmann::json::array()}};
    for (const Column& column : survey.columns) metadata["columns"].push_back({column.key, written(column.type)});
    return metadata.dump();
}

std::optional<CachedSegment> cached_segment(const std::string& file, const std::string& metadata) {
    const auto json = nlohmann::json::parse(metadata, nullptr, false);
    if (!json.is_object() || json.value("form", 0) != kForm) return std::nullopt;
    CachedSegment segment{file, {}, json.value("events", std::uint64_t{0})};
    for (const auto& column : json.value("columns", nlohmann::json::array())) {
        if (!column.is_array() || column.size() != 2 || !column[0].is_string() || !column[1].is_string())
            return std::nullopt;
        const auto type = type_as_written(column[1].get<std::string>());
        if (!type) return std::nullopt;
        segment.columns.push_back({column[0].get<std::string>(), *type});
    }
    return segment;
}

/// DuckDB reads patterns; this one is of one file.
std::string pattern_of(const std::string& file) {
    std::string pattern;
    for (const char c : file) pattern += c == '*' || c == '?' || c == '[' ? std::string{'[', c, ']'} : std::string{c};
    return quoted_text(pattern);
}

/// Parquet has no 128-bit integers: DuckDB would make doubles of them.
std::string stored_column(const std::string& name, ColumnType type) {
    if (type.scalar != Scalar::hugeint) return quoted_name(name);
    return quoted_name(name) + "::VARCHAR" + (type.list ? "[]" : "") + " AS " + quoted_name(name);
}

/// The segment that a cache was made of, by its file's name; nothing where it is no such name.
std::optional<std::string> segment_of(const std::string& name) {
    constexpr std::size_t kHashBytes = 17;  // ".1f0c9a64be5d7788"
    if (name.starts_with('.') || !name.ends_with(kSuffix) || name.size() < kSuffix.size() + kHashBytes)
        return std::nullopt;
    return name.substr(0, name.size() - kSuffix.size() - kHashBytes);
}

void remove_other_states(platform::FileSystem& files, const std::string& file) {
    const std::string directory = platform::parent_of(file);
    const std::string name = file.substr(directory.size() + 1);
    const auto entries = files.list(directory);
    if (!entries.ok()) return;
    for (const auto& entry : entries.value())
        if (entry.name != name && segment_of(entry.name) == segment_of(name))
            (void)files.remove(directory + "/" + entry.name).ok();
}

platform::Status copy_into(Database& database, const std::string& file, const std::string& table,
                           const LineSurvey& survey) {
    std::string columns;
    const auto names = column_names(survey.columns);
    for (std::size_t i = 0; i < names.size(); ++i)
        columns += (i == 0 ? "" : ", ") + stored_column(names[i], survey.columns[i].type);
    return database.run("COPY (SELECT " + columns + " FROM " + table + ") TO " + quoted_text(file) +
                        " (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, USE_TMP_FILE false, KV_METADATA {" +
                        kMetadataKey + ": " + quoted_text(metadata_of(survey)) + "})");
}

}  // namespace

std::optional<std::string> cache_file_of(platform::FileSystem& files, const std::string& segment) {
    if (read::is_read_once(segment)) return std::nullopt;
    auto opened = files.open(segment);
    if (!opened.ok()) return std::nullopt;
    const auto state = opened.value()->state();
    if (!state.ok()) return std::nullopt;
    const std::string tail = tail_of(*opened.value(), state.value().bytes, kHashedTail);
    if (!is_closed(tail, state.value().bytes)) return std::nullopt;
    const std::string identity =
        fmt::format("{} {} {} ", kForm, state.value().bytes, state.value().modified.time_since_epoch().count()) + tail;
    const std::string directory = platform::parent_of(segment);
    const std::string name = segment.substr(segment.rfind('/') + 1);
    return fmt::format("{}/{}/{}.{:016x}{}", directory, kDirectory, name, journal_files::hash_of(identity), kSuffix);
}

bool cache_is_there(platform::FileSystem& files, const std::string& file) {
    auto opened = files.open(file);
    if (!opened.ok()) return false;
    const auto state = opened.value()->state();
    return state.ok() && tail_of(*opened.value(), state.value().bytes, kParquetMagic.size()) == kParquetMagic;
}

platform::Status write_cache(Database& database, platform::FileSystem& files, const std::string& segment,
                             const std::string& file, const std::string& table, const LineSurvey& survey) {
    const std::string directory = platform::parent_of(file);
    const auto made = files.make_directory(directory);
    if (!made.ok()) return made.failure();
    journal_files::remove_unfinished_files(files, directory);
    const std::string unfinished = journal_files::unfinished_path_of(file);
    auto created = files.create(unfinished);
    if (!created.ok()) return created.failure();
    // The lock tells other processes that this one lives; DuckDB writes into the same file.
    const auto locked = created.value()->try_lock();
    if (!locked.ok()) return locked.failure();
    const auto finish = [&]() -> platform::Status {
        const auto copied = copy_into(database, unfinished, table, survey);
        if (!copied.ok()) return copied.failure();
        // A name must not lead to bytes that the disk has not got.
        const auto synced = created.value()->sync();
        if (!synced.ok()) return synced.failure();
        if (cache_file_of(files, segment) != file)
            return platform::Failure{"the segment changed while it was read:", segment, {}, 0};
        return files.rename(unfinished, file);
    };
    const auto finished = finish();
    if (!finished.ok()) {
        (void)files.remove(unfinished).ok();
        return finished.failure();
    }
    remove_other_states(files, file);
    return {};
}

std::optional<CachedSegment> read_cache(Database& database, const std::string& file) {
    const auto metadata = database.texts("SELECT decode(value) FROM parquet_kv_metadata(" + pattern_of(file) +
                                         ") WHERE decode(key) = " + quoted_text(kMetadataKey));
    if (!metadata.ok() || metadata.value().empty()) return std::nullopt;
    return cached_segment(file, metadata.value()[0][0]);
}

std::string cached_table(const std::vector<std::string>& files) {
    std::string list;
    for (const std::string& file : files) list += (list.empty() ? "" : ", ") + pattern_of(file);
    return "read_parquet([" + list + "])";
}

std::string cached_column(const std::string& name, ColumnType type) {
    if (type.scalar != Scalar::hugeint) return quoted_name(name);
    return quoted_name(name) + "::" + sql_of(type);
}

void remove_orphaned_caches(platform::FileSystem& files, const std::string& directory) {
    const std::string caches = directory + "/" + std::string(kDirectory);
    const auto entries = files.list(caches);
    if (!entries.ok()) return;
    for (const auto& entry : entries.value()) {
        const auto segment = segment_of(entry.name);
        if (segment && !files.state(directory + "/" + *segment).ok())
            (void)files.remove(caches + "/" + entry.name).ok();
    }
}

}  // namespace wideline::query
