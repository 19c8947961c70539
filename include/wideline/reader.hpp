// Events read back: what `wideline grep` finds, as a range.
//
//     wl::Reader reader{"logs", {.where = {"http.route=/pay", "http.response.status_code>=500"}}};
//     for (const wl::StoredEvent& event : reader) std::cout << event.json() << '\n';
//     for (const std::string& problem : reader.problems()) std::cerr << problem << '\n';
//
// Link wideline::reader. Nothing here is part of a request: it reads files, allocates and throws.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <wideline/export.hpp>
#include <wideline/lost_events.hpp>
#include <wideline/text.hpp>

namespace wideline {

/// Which events are wanted. Left as it is: all of them. Made for designated initializers, in this order.
struct Selection {
    /// Expressions as `wideline grep` takes them, all of which must hold: "key=value", "key!=value", "key<value", "<=",
    /// ">", ">=", "key~regex", or a word, which is a field that is there or text that is in a value. A comparison with
    /// an absent field is false.
    std::vector<std::string> where = {};
    /// Any of them must hold, instead of all.
    bool any = false;
    /// Events that began then or later, to the microsecond; and before then.
    std::optional<std::chrono::system_clock::time_point> since = {};
    std::optional<std::chrono::system_clock::time_point> until = {};
    /// Only events that failed: whose outcome is neither success nor cancelled.
    bool errors = false;
    /// So many at most; 0 for all.
    std::uint64_t max = 0;
};

/// An event as it lies in its segment. A value: a copy is independent of the reader. One thread at a time, const
/// members too; copies for others. Fields are found by the first member that asks for one, which parses the line (1 KiB
/// in about 1 µs); after that each look-up compares names. Of a name that is there twice, the first counts.
class WIDELINE_EXPORT StoredEvent {
public:
    /// The line, without its line end: one JSON object, for instance for nlohmann::json::parse.
    [[nodiscard]] std::string_view json() const noexcept;

    /// The value as it stands in the line, quotes and all; empty where there is no such field. Valid until the event is
    /// changed or moved from.
    [[nodiscard]] std::string_view value(Text key) const;
    /// A string, unescaped; any other value as it stands in the line. Nothing where it is null or absent.
    [[nodiscard]] std::optional<std::string> text(Text key) const;
    /// Nothing where it is no number. Past 2^53 the nearest double: value() has every digit.
    [[nodiscard]] std::optional<double> number(Text key) const;

    /// How many requests the event stands for: its sample_weight, which is 1 if it has none and never less than 0. 0 if
    /// it has a sample_rule and no weight: then it was kept with a probability that is not known. If events of its rule
    /// were lost at the time, it stands for its share of them too: see Reader::lost(). The line has the sample_weight
    /// alone.
    [[nodiscard]] double weight() const;
    /// When its request began (timestamp), in microseconds; nothing where it does not say so in RFC 3339.
    [[nodiscard]] std::optional<std::chrono::sys_time<std::chrono::microseconds>> time() const;
    /// Whether it has an outcome, and that is neither success nor cancelled.
    [[nodiscard]] bool failed() const;

private:
    friend class Reader;

    struct Field {
        std::size_t key;
        std::size_t key_bytes;
        std::size_t value;
        std::size_t value_bytes;
    };

    void assign(std::string_view line, double factor);
    void find_fields() const;

    double factor_ = 1;                  // Of its sample_weight.
    std::string padded_;                 // The line, and bytes that a parser may load.
    mutable std::vector<Field> fields_;  // Where they are in it.
    mutable bool fields_found_ = false;
};

/// The events of segments, behind a selection: a std::ranges::input_range, to be read by one thread at a time. The
/// order is that of the segments and, in each, that of its lines; an event that is in two segments comes once.
///
/// Frames whose index rules them out are not read. All others are decompressed and searched by threads of the reader's
/// own, one a core and 16 at most, which begin with begin() and end with the last event, or with the reader; they are
/// three frames (of 1 MiB of lines, as the journal writes them) a thread ahead of whom they work for. While a journal
/// is written, the events are those that its segments have when each of them is reached.
class WIDELINE_EXPORT Reader {
public:
    class Iterator;

    /// `path` is a segment, a directory of segments, or "-" for standard input; plain JSON lines (.jsonl), and
    /// .jsonl.zst of other programs, are segments too. Throws std::invalid_argument for an expression that is none, and
    /// std::runtime_error for a path that cannot be read or is no segment, each with the sentence that the command
    /// says.
    template <std::convertible_to<String> Path>
    explicit Reader(const Path& path, Selection selection = {})
        : Reader(std::vector<std::string>{String(path)}, std::move(selection)) {}
    explicit Reader(std::vector<std::string> paths, Selection selection = {});
    ~Reader();
    Reader(Reader&&) noexcept;
    Reader& operator=(Reader&&) noexcept;

    /// Begins to read, from the first event. Each call begins anew, which standard input cannot, and ends what earlier
    /// iterators were doing: they must not be used any more. Throws std::bad_alloc and std::system_error (no thread).
    [[nodiscard]] Iterator begin();
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

    /// Sentences about what could not be read, of what was read since begin(): a damaged frame, which costs the events
    /// in it; a segment in a directory that is none, or that may not be read. Reading goes on behind it.
    [[nodiscard]] const std::vector<std::string>& problems() const noexcept;

    /// What was lost around the frames that were read since begin(), by rule and reason: events that a rule kept and
    /// that are in no file. The weights of the events are corrected by it, as if the kept events of a rule were a
    /// sample of it. Frames that the selection rules out are not read, and what is read may be a few frames ahead of
    /// the iterator.
    [[nodiscard]] const std::vector<LostEvents>& lost() const noexcept;

private:
    struct Reading;

    std::unique_ptr<Reading> reading_;
};

/// Single-pass. Belongs to the reader that made it, which may be moved meanwhile. Its event is valid until it moves on.
class WIDELINE_EXPORT Reader::Iterator {
public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = StoredEvent;
    using difference_type = std::ptrdiff_t;

    [[nodiscard]] const StoredEvent& operator*() const noexcept;
    [[nodiscard]] const StoredEvent* operator->() const noexcept { return &**this; }
    /// Waits for the next frame that has a match, where this one has no more. Throws std::bad_alloc.
    Iterator& operator++();
    void operator++(int) { ++*this; }
    [[nodiscard]] friend bool operator==(const Iterator& iterator, std::default_sentinel_t) noexcept {
        return iterator.at_end();
    }

private:
    friend class Reader;
    explicit Iterator(Reading* reading) noexcept : reading_(reading) {}
    [[nodiscard]] bool at_end() const noexcept;

    Reading* reading_;
};

}  // namespace wideline
