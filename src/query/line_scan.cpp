#include "query/line_scan.hpp"

#include <atomic>
#include <exception>
#include <thread>

#include "query/column_writer.hpp"

namespace wideline::query {
namespace {

constexpr const char* kFunction = "wideline_lines";
constexpr std::size_t kNoWriter = static_cast<std::size_t>(-1);
/// A chunk is not made of more bytes of lines than this and one frame: they are held while DuckDB looks at it.
constexpr std::size_t kMostHeld = 16 << 20;

template <class T>
void destroy(void* object) {
    delete static_cast<T*>(object);
}

/// What the threads of one scan share.
struct Scan {
    explicit Scan(const ScannedLines& scanned)
        : lines(&scanned),
          source(
              scanned.segments, scanned.wanted ? scanned.wanted() : Wanted(),
              [&scanned](const std::string&) {
                  if (scanned.learnt != nullptr) scanned.learnt->whole = false;
              },
              *scanned.bytes_read, scanned.seen) {}

    const ScannedLines* lines;
    std::vector<std::size_t> projected;  // For each vector of a chunk, the column's number; kNoWriter for none.
    std::size_t wanted_columns = 0;
    LineSource source;
    std::atomic<std::size_t> next_held{0};

    /// What comes from segments takes one more of the rooms; what is held stays where it is.
    bool next(std::vector<OwnedLines>& rooms, std::size_t& used, std::string_view& lines_to_read) {
        if (lines->held.empty()) {
            if (used == rooms.size()) rooms.emplace_back();
            if (!source.next(rooms[used])) return false;
            lines_to_read = rooms[used++].view();
            return true;
        }
        const std::size_t number = next_held.fetch_add(1, std::memory_order_relaxed);
        if (number >= lines->held.size()) return false;
        lines_to_read = lines->held[number].view();
        return true;
    }
};

/// One thread's part of a scan.
class Scanner {
public:
    explicit Scanner(Scan& scan)
        : scan_(scan), writer_of_(scan.lines->columns.size(), kNoWriter), found_in_(scan.projected.size(), 0) {
        for (std::size_t i = 0; i < scan.projected.size(); ++i) {
            const std::size_t column = scan.projected[i];
            if (column != kNoWriter) writer_of_[column] = i;
            writers_.emplace_back(*duck::load_api().value(),
                                  column == kNoWriter ? ColumnType{} : scan.lines->columns[column].type,
                                  column == kNoWriter ? Reserved::none : reserved(scan.lines->columns[column].key));
        }
    }

    /// Fills the chunk as far as it goes; rows are 0 at the end. False where an event is not what it was.
    bool fill(duck::Chunk chunk) {
        const duck::Api& api = *api_;
        for (std::size_t i = 0; i < writers_.size(); ++i)
            if (scan_.projected[i] != kNoWriter) writers_[i].begin(api.data_chunk_get_vector(chunk, i));
        keep_last_room();
        duck::Index rows = 0;
        while (rows < api.vector_size()) {
            if (lines_.empty() && held_bytes_ > kMostHeld) {
                if (rows != 0) break;
                used_ = held_bytes_ = 0;
            }
            if (lines_.empty() && !next_lines()) break;
            const std::string_view line = next_line();
            if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
            if (scan_.lines->learnt != nullptr ? add_and_learn(line, rows) : add(line, rows)) ++rows;
            if (!fits_) return false;
        }
        api.data_chunk_set_size(chunk, rows);
        return true;
    }

private:
    /// Of the lines of the chunk before, the last frame's may not have been read to their end.
    void keep_last_room() {
        if (used_ > 1) std::swap(rooms_[0], rooms_[used_ - 1]);
        used_ = lines_.empty() || used_ == 0 ? 0 : 1;
        held_bytes_ = lines_.size();
    }

    bool next_lines() {
        if (!scan_.next(rooms_, used_, lines_)) return false;
        held_bytes_ += lines_.size();
        return true;
    }

    std::string_view next_line() {
        const std::size_t newline = lines_.find('\n');
        const std::string_view line = lines_.substr(0, newline);
        lines_.remove_prefix(newline == std::string_view::npos ? lines_.size() : newline + 1);
        return line;
    }

    bool add_and_learn(std::string_view line, duck::Index row) {
        Learnt& learnt = *scan_.lines->learnt;
        ++line_;
        learnt.columns.begin_line();
        const bool good = read_line_values(line, [&](std::string_view key, const LineValue& value) {
            const std::size_t column = learnt.columns.take(key, value);
            if (column >= writer_of_.size()) {
                learnt.as_thought = false;
                return Go::on;
            }
            const std::size_t writer = writer_of_[column];
            if (!learnt.as_thought || writer == kNoWriter || std::exchange(found_in_[writer], line_) == line_)
                return Go::on;
            fits_ = writers_[writer].write(row, value) && fits_;
            return Go::on;
        });
        learnt.columns.end_line(good);
        learnt.whole = learnt.whole && good;
        learnt.events += good ? 1 : 0;
        return good && learnt.as_thought;
    }

    bool add(std::string_view line, duck::Index row) {
        const bool all_good = scan_.lines->bad_lines == 0;
        std::size_t missing = scan_.wanted_columns;
        // Where every line is known to be an event, it is read no further than the question needs.
        if (all_good && missing == 0) return true;
        numbers_.begin_line();
        ++line_;
        const bool good = read_line_values(line, [&](std::string_view key, const LineValue& value) {
            const std::size_t writer = writer_of(key);
            // Of a key that comes twice the first value counts.
            if (writer == kNoWriter || std::exchange(found_in_[writer], line_) == line_) return Go::on;
            fits_ = writers_[writer].write(row, value) && fits_;
            return --missing == 0 && all_good ? Go::away : Go::on;
        });
        if (good) return true;
        for (std::size_t i = 0; i < writers_.size(); ++i)
            if (scan_.projected[i] != kNoWriter) writers_[i].erase(row);
        return false;
    }

    std::size_t writer_of(std::string_view escaped_key) {
        std::size_t column = numbers_.find(escaped_key);
        if (column == FieldNumbers::kNone) {
            const std::string key = unescaped_key(escaped_key);
            const auto& columns = scan_.lines->columns;
            column = 0;
            while (column < columns.size() && columns[column].key != key) ++column;
            numbers_.add(escaped_key, column);
        }
        return column < writer_of_.size() ? writer_of_[column] : kNoWriter;
    }

    Scan& scan_;
    const duck::Api* api_ = duck::load_api().value();
    std::vector<std::size_t> writer_of_;   // By column.
    std::vector<std::uint64_t> found_in_;  // By vector: the last line that had the field.
    std::uint64_t line_ = 0;
    std::vector<ColumnWriter> writers_;  // By vector of the chunk.
    FieldNumbers numbers_;
    std::vector<OwnedLines> rooms_;  // The first used_ hold the lines of this chunk.
    std::size_t used_ = 0;
    std::size_t held_bytes_ = 0;
    std::string_view lines_;
    bool fits_ = true;
};

// --- what DuckDB calls; nothing may be thrown into it

/// DuckDB tells its functions nothing of the library they are in.
const duck::Api& api() { return *duck::load_api().value(); }

void bind(duck::BindInfo info) {
    const auto* const scan = static_cast<const LineScan*>(api().bind_get_extra_info(info));
    duck::Value parameter = api().bind_get_parameter(info, 0);
    const auto number = static_cast<std::size_t>(api().get_int64(parameter));
    api().destroy_value(&parameter);
    const ScannedLines* const lines = scan->lines(number);
    if (lines == nullptr) return api().bind_set_error(info, "there are no such lines");
    const auto names = column_names(lines->columns);
    for (std::size_t i = 0; i < names.size(); ++i) {
        duck::LogicalType type = logical_type_of(api(), lines->columns[i].type);
        api().bind_add_result_column(info, names[i].c_str(), type);
        api().destroy_logical_type(&type);
    }
    api().bind_set_cardinality(info, lines->events, false);
    api().bind_set_bind_data(info, new const ScannedLines*(lines), destroy<const ScannedLines*>);
}

void begin(duck::InitInfo info) {
    const auto* const lines = *static_cast<const ScannedLines**>(api().init_get_bind_data(info));
    auto scan = std::make_unique<Scan>(*lines);
    for (duck::Index i = 0; i < api().init_get_column_count(info); ++i) {
        const duck::Index column = api().init_get_column_index(info, i);
        const bool is_field = column < lines->columns.size();  // Else a row's number, for which nobody asked.
        scan->projected.push_back(is_field ? static_cast<std::size_t>(column) : kNoWriter);
        scan->wanted_columns += is_field ? 1 : 0;
    }
    api().init_set_max_threads(info, lines->learnt ? 1 : std::max(1U, std::thread::hardware_concurrency()));
    api().init_set_init_data(info, scan.release(), destroy<Scan>);
}

/// A thread's own part is made by its first call: here DuckDB does not give what begin() made.
struct ThreadPart {
    std::unique_ptr<Scanner> scanner;
};

void begin_thread(duck::InitInfo info) { api().init_set_init_data(info, new ThreadPart, destroy<ThreadPart>); }

void fill(duck::FunctionInfo info, duck::Chunk chunk) {
    try {
        auto& scan = *static_cast<Scan*>(api().function_get_init_data(info));
        auto& part = *static_cast<ThreadPart*>(api().function_get_local_init_data(info));
        if (part.scanner == nullptr) part.scanner = std::make_unique<Scanner>(scan);
        if (!part.scanner->fill(chunk))
            api().function_set_error(info, "the events changed while they were read; ask again");
    } catch (const std::exception& error) {
        api().function_set_error(info, error.what());
    }
}

}  // namespace

platform::Result<std::unique_ptr<LineScan>> LineScan::in(Database& database) {
    std::unique_ptr<LineScan> scan(new LineScan);
    duck::TableFunction function = api().create_table_function();
    duck::LogicalType number = api().create_logical_type(duck::TypeId::bigint);
    api().table_function_set_name(function, kFunction);
    api().table_function_add_parameter(function, number);
    api().table_function_set_extra_info(function, scan.get(), nullptr);
    api().table_function_set_bind(function, bind);
    api().table_function_set_init(function, begin);
    api().table_function_set_local_init(function, begin_thread);
    api().table_function_set_function(function, fill);
    api().table_function_supports_projection_pushdown(function, true);
    const duck::State registered = api().register_table_function(database.connection(), function);
    api().destroy_table_function(&function);
    api().destroy_logical_type(&number);
    if (registered != duck::State::success)
        return platform::Failure{"DuckDB does not take wideline's table function", {}, {}, 0};
    return scan;
}

const ScannedLines* LineScan::lines(std::size_t number) const {
    const std::lock_guard lock(mutex_);
    return number < lines_.size() ? lines_[number].get() : nullptr;
}

std::string LineScan::table_of(ScannedLines lines) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::make_unique<ScannedLines>(std::move(lines)));
    return std::string(kFunction) + "(" + std::to_string(lines_.size() - 1) + ")";
}

}  // namespace wideline::query
