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

using nlohmann::json;
using platform::FileSystem;

constexpr std::string_view kDirectory = ".wideline-cache";
constexpr std::string_view kListSuffix = ".json";
constexpr std::string_view kPartSuffix = ".parquet";
/// In the name's hash: another form of cache is another file.
constexpr int kForm = 3;

/// The bytes of a file from `offset` on; fewer where it cannot be read.
std::string bytes_from(platform::File& file, std::uint64_t offset, std::uint64_t size) {
    std::string bytes;
    if (offset >= size || !file.skip(offset).ok()) return bytes;
    bytes.resize(static_cast<std::size_t>(size - offset));
    std::size_t filled = 0;
    while (filled < bytes.size()) {
        const auto read = file.read(std::span(bytes).subspan(filled));
        if (!read.ok() || read.value() == 0) break;
        filled += read.value();
    }
    bytes.resize(filled);
    return bytes;
}

json state_as_json(const platform::FileState& state) { return json::array({state.bytes, state.inode, state.changed}); }

/// The part's columns; nothing where the list does not tell, or where the file is not in the state that it tells of.
std::optional<CachedPart> listed_part(FileSystem& files, const std::string& file, const json& listed) {
    CachedPart part{file, {}, listed.value("events", std::uint64_t{0})};
    const auto state = files.state(file);
    if (!state.ok() || listed.value("state", json()) != state_as_json(state.value())) return std::nullopt;
    for (const auto& column : listed.value("columns", json::array())) {
        if (!column.is_array() || column.size() != 2 || !column[0].is_string() || !column[1].is_string())
            return std::nullopt;
        const auto type = type_as_written(column[1].get<std::string>());
        if (!type) return std::nullopt;
        part.columns.push_back({column[0].get<std::string>(), *type});
    }
    return part;
}

json list_entry(const CachedPart& part, const platform::FileState& state) {
    json columns = json::array();
    for (const Column& column : part.columns) columns.push_back({column.key, written(column.type)});
    return {{"state", state_as_json(state)}, {"events", part.events}, {"columns", std::move(columns)}};
}

/// With a hash of itself in its first line.
std::string list_text(const json& list) {
    const std::string text = list.dump();
    return fmt::format("{:016x}\n{}\n", journal_files::hash_of(text), text);
}

json list_of_text(std::string_view text) {
    constexpr std::size_t kHashLine = 17;
    if (text.size() <= kHashLine || !text.ends_with('\n')) return {};
    json list = json::parse(text.substr(kHashLine), nullptr, false);
    return !list.is_discarded() && list_text(list) == text ? list : json();
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

/// What was cached there, by a file's name: the segment's name, and behind it the number of its state. Nothing where it
/// is no such name.
std::optional<std::string> cached_state_of(std::string_view name) {
    constexpr std::size_t kHashBytes = 17;  // ".1f0c9a64be5d7788"
    if (name.starts_with('.')) return std::nullopt;
    if (name.ends_with(kListSuffix)) {
        name.remove_suffix(kListSuffix.size());
    } else if (name.ends_with(kPartSuffix)) {
        name.remove_suffix(kPartSuffix.size());
        const std::size_t number = name.find_last_not_of("0123456789");
        if (number == std::string_view::npos || name[number] != '.') return std::nullopt;
        name = name.substr(0, number);
    } else {
        return std::nullopt;
    }
    if (name.size() <= kHashBytes || name[name.size() - kHashBytes] != '.') return std::nullopt;
    return std::string(name);
}

std::string segment_of(const std::string& cached_state) { return cached_state.substr(0, cached_state.size() - 17); }

template <class Remove>
void remove_caches(FileSystem& files, const std::string& directory, Remove remove) {
    const auto entries = files.list(directory);
    if (!entries.ok()) return;
    for (const auto& entry : entries.value()) {
        const auto state = cached_state_of(entry.name);
        if (state && remove(*state)) (void)files.remove(directory + "/" + entry.name).ok();
    }
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

std::optional<std::string> cache_place_of(FileSystem& files, const std::string& segment) {
    if (read::is_read_once(segment)) return std::nullopt;
    auto opened = files.open(segment);
    if (!opened.ok()) return std::nullopt;
    const auto state = opened.value()->state();
    if (!state.ok()) return std::nullopt;
    const std::string identity =
        fmt::format("{} {} {} {} {}", kForm, state.value().bytes, state.value().modified.time_since_epoch().count(),
                    state.value().inode, state.value().changed);
    return fmt::format("{}/{}/{}.{:016x}", platform::parent_of(segment), kDirectory, name_of(segment),
                       journal_files::hash_of(identity));
}

bool is_closed(FileSystem& files, const std::string& segment) {
    constexpr std::uint64_t kFooterBytes = 9;
    using journal_files::little_endian_at;
    auto opened = files.open(segment);
    if (!opened.ok()) return false;
    const auto state = opened.value()->state();
    if (!state.ok() || state.value().bytes < kFooterBytes) return false;
    const std::uint64_t size = state.value().bytes;
    const std::string footer = bytes_from(*opened.value(), size - kFooterBytes, size);
    if (footer.size() < kFooterBytes || !footer.ends_with("\xB1\xEA\x92\x8F")) return false;
    const std::uint64_t payload = std::uint64_t{little_endian_at<std::uint32_t>(footer, 0)} * 8 + kFooterBytes;
    const std::uint64_t table = journal_files::kSkippableHeaderBytes + payload;
    if (table > size) return false;
    auto again = files.open(segment);
    if (!again.ok()) return false;
    const std::string head =
        bytes_from(*again.value(), size - table, size - table + journal_files::kSkippableHeaderBytes);
    return head.size() == journal_files::kSkippableHeaderBytes &&
           little_endian_at<std::uint32_t>(head, 0) == journal_files::kSeekTableMagic &&
           little_endian_at<std::uint32_t>(head, 4) == payload;
}

std::optional<CachedSegment> cache_at(FileSystem& files, const std::string& place) {
    auto opened = files.open(place + std::string(kListSuffix));
    if (!opened.ok()) return std::nullopt;
    const auto state = opened.value()->state();
    if (!state.ok()) return std::nullopt;
    const json list = list_of_text(bytes_from(*opened.value(), 0, state.value().bytes));
    if (!list.is_object() || list.value("form", 0) != kForm) return std::nullopt;
    CachedSegment segment;
    for (const json& listed : list.value("parts", json::array())) {
        const std::string file = fmt::format("{}.{}{}", place, segment.parts.size(), kPartSuffix);
        auto part = listed.is_object() ? listed_part(files, file, listed) : std::nullopt;
        if (!part) return std::nullopt;
        segment.parts.push_back(std::move(*part));
    }
    for (const json& run : list.value("frames", json::array()))
        segment.frames.push_back(
            {run.at(0).get<std::uint64_t>(), run.at(1).get<std::uint64_t>(), run.at(2).get<std::uint64_t>()});
    return segment;
}

CacheWriter::CacheWriter(FileSystem& files, const std::string& segment, const std::string& place)
    : files_(files), segment_(segment), place_(place) {}

std::string CacheWriter::list_file() const { return place_ + std::string(kListSuffix); }

std::string CacheWriter::part_file(std::size_t number) const {
    return fmt::format("{}.{}{}", place_, number, kPartSuffix);
}

platform::Result<std::unique_ptr<CacheWriter>> CacheWriter::begin(FileSystem& files, const std::string& segment,
                                                                  const std::string& place) {
    std::unique_ptr<CacheWriter> writer(new CacheWriter(files, segment, place));
    const std::string directory = platform::parent_of(place);
    const auto made = files.make_directory(directory);
    if (!made.ok()) return made.failure();
    journal_files::remove_unfinished_files(files, directory);
    auto created = files.create(journal_files::unfinished_path_of(writer->list_file()));
    if (!created.ok()) return created.failure();
    const auto locked = created.value()->try_lock();
    if (!locked.ok()) return locked.failure();
    writer->unfinished_list_ = std::move(created.value());
    // One that is there already is not to be trusted, or nobody would write another.
    (void)files.remove(writer->list_file()).ok();
    return writer;
}

CacheWriter::~CacheWriter() {
    if (unfinished_list_ == nullptr) return;
    remove_cache(files_, place_);
    (void)files_.remove(journal_files::unfinished_path_of(list_file())).ok();
}

platform::Status CacheWriter::write_part(Database& database, std::size_t number, const std::string& table,
                                         const std::vector<Column>& columns) {
    const std::string file = part_file(number);
    const std::string unfinished = journal_files::unfinished_path_of(file);
    auto created = files_.create(unfinished);
    if (!created.ok()) return created.failure();
    // DuckDB writes into the same file.
    const auto locked = created.value()->try_lock();
    if (!locked.ok()) return locked.failure();
    std::string selected;
    const auto names = column_names(columns);
    for (std::size_t i = 0; i < names.size(); ++i)
        selected += (i == 0 ? "" : ", ") + stored_column(names[i], columns[i].type);
    const auto finish = [&]() -> platform::Status {
        // DuckDB's Bloom filters hash the bits of doubles, by which -0.0 is not 0. They are only of columns with few
        // values, which are read quickly anyway.
        auto copied =
            database.run("COPY (SELECT " + selected + " FROM " + table + ") TO " + quoted_text(unfinished) +
                         " (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 1000, "
                         "USE_TMP_FILE false, WRITE_BLOOM_FILTER false)");
        if (!copied.ok()) return copied;
        // A name must not lead to bytes that the disk has not got.
        auto synced = created.value()->sync();
        if (!synced.ok()) return synced;
        return files_.rename(unfinished, file);
    };
    auto finished = finish();
    if (!finished.ok()) (void)files_.remove(unfinished).ok();
    return finished;
}

platform::Status CacheWriter::finish(const CachedSegment& cached) {
    json list = {{"form", kForm}, {"parts", json::array()}, {"frames", json::array()}};
    for (const auto& [stream, first, last] : cached.frames) list["frames"].push_back({stream, first, last});
    for (const CachedPart& part : cached.parts) {
        const auto state = files_.state(part.file);
        if (!state.ok()) return state.failure();
        list["parts"].push_back(list_entry(part, state.value()));
    }
    auto written = unfinished_list_->append(list_text(list));
    if (!written.ok()) return written;
    auto synced = unfinished_list_->sync();
    if (!synced.ok()) return synced;
    if (cache_place_of(files_, segment_) != place_)
        return platform::Failure{"the segment changed while it was read:", segment_, {}, 0};
    auto renamed = files_.rename(journal_files::unfinished_path_of(list_file()), list_file());
    if (!renamed.ok()) return renamed;
    unfinished_list_.reset();
    const std::string own = name_of(place_);
    remove_caches(files_, platform::parent_of(place_),
                  [&own](const std::string& state) { return state != own && segment_of(state) == segment_of(own); });
    return {};
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

void remove_cache(FileSystem& files, const std::string& place) {
    const std::string own = name_of(place);
    remove_caches(files, platform::parent_of(place), [&own](const std::string& state) { return state == own; });
}

void remove_orphaned_caches(FileSystem& files, const std::string& directory) {
    remove_caches(files, directory + "/" + std::string(kDirectory),
                  [&](const std::string& state) { return !files.state(directory + "/" + segment_of(state)).ok(); });
}

}  // namespace wideline::query
