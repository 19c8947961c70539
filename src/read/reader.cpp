#include <wideline/reader.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "read/event_line.hpp"
#include "read/event_search.hpp"
#include "read/lines.hpp"
#include "read/reserved_field.hpp"
#include "read/segment_list.hpp"

namespace wideline {
namespace {

using read::JsonText;

std::optional<read::TimePoint> microseconds_of(std::optional<std::chrono::system_clock::time_point> time) {
    // Up: whole microseconds at or behind a point in time are those at or behind the next whole one.
    if (!time) return std::nullopt;
    return std::chrono::ceil<std::chrono::microseconds>(*time);
}

read::Selection::Bounds bounds_of(const Selection& selection) {
    using Outcome = read::Selection::Bounds::Outcome;
    return {microseconds_of(selection.since), microseconds_of(selection.until),
            selection.errors ? Outcome::failed : Outcome::any};
}

read::Match match_of(const Selection& selection) {
    auto match =
        read::Match::parse(selection.where, selection.any ? read::Match::Combine::any : read::Match::Combine::all);
    if (!match.ok()) throw std::invalid_argument(match.failure().sentence());
    return std::move(match.value());
}

void check_that_it_can_be_read(const std::string& path) {
    platform::FileSystem& files = platform::FileSystem::real();
    const auto segments = read::segments_at(files, path);
    if (!segments.ok()) throw std::runtime_error(segments.failure().sentence());
    const bool is_segment = path != "-" && segments.value() == std::vector<std::string>{path};
    if (!is_segment) return;
    const auto opened = read::SegmentReader::open(files, path);
    if (!opened.ok()) throw std::runtime_error(opened.failure().sentence());
}

}  // namespace

std::string_view StoredEvent::json() const noexcept {
    return std::string_view(padded_).substr(0, padded_.size() - std::min(padded_.size(), read::kReadableBehind));
}

void StoredEvent::assign(std::string_view line, double factor) {
    factor_ = factor;
    padded_.assign(line).append(read::kReadableBehind, '\0');
    fields_.clear();
    fields_found_ = false;
}

void StoredEvent::find_fields() const {
    thread_local read::EventLine parser({});
    thread_local std::vector<read::RawField> found;
    // Of a line that is broken behind some of its fields, those are there.
    (void)parser.read_raw(json(), found);
    const auto offset = [this](std::string_view part) {
        return static_cast<std::size_t>(part.data() - padded_.data());
    };
    fields_.clear();
    for (const auto& [key, value] : found) fields_.push_back({offset(key), key.size(), offset(value), value.size()});
    fields_found_ = true;
}

std::string_view StoredEvent::value(Text key) const {
    if (!fields_found_) find_fields();
    const std::string_view line = json();
    for (const Field& field : fields_)
        if (read::key_is(line.substr(field.key, field.key_bytes), key))
            return line.substr(field.value, field.value_bytes);
    return {};
}

std::optional<std::string> StoredEvent::text(Text key) const {
    const JsonText found = value(key);
    if (found.empty() || found == "null") return std::nullopt;
    return read::unescaped(found);
}

std::optional<double> StoredEvent::number(Text key) const { return read::number_of(value(key)); }

double StoredEvent::weight() const { return factor_ * read::weight_of(value("sample_weight"), json()); }

std::optional<std::chrono::sys_time<std::chrono::microseconds>> StoredEvent::time() const {
    return read::time_of(value("timestamp"));
}

bool StoredEvent::failed() const { return read::is_failure(value("outcome")); }

struct Reader::Reading {
    Reading(std::vector<std::string> from, const Selection& selection)
        : paths(std::move(from)), match(match_of(selection)), bounds(bounds_of(selection)), max(selection.max) {}

    void begin() {
        search.reset();
        problems.clear();
        lost.clear();
        input.emplace(
            platform::FileSystem::real(), paths,
            [this](read::SegmentInput::Trouble, const std::string& sentence) { problems.push_back(sentence); });
        search.emplace(match, bounds, *input);
        lines = {};
        given = 0;
        without_time = 0;
        advance();
    }

    void advance() {
        const bool enough = max != 0 && given == max;
        while (!enough && lines.empty() && search) {
            auto next = search->next();
            lost = search->lost();
            if (!next && without_time != 0) problems.push_back(read::had_no_time(std::exchange(without_time, 0)));
            if (!next) break;
            frame = std::move(*next);
            without_time += frame.without_time;
            lines = frame.lines();
            of_frame = 0;
        }
        if (enough || lines.empty()) return search.reset();
        const std::size_t end = lines.find('\n');
        event.assign(lines.substr(0, end), of_frame < frame.factors.size() ? frame.factors[of_frame] : 1);
        ++of_frame;
        lines.remove_prefix(end + 1);
        ++given;
    }

    const std::vector<std::string> paths;
    const read::Match match;
    const read::Selection::Bounds bounds;
    const std::uint64_t max;
    std::vector<std::string> problems;
    std::optional<read::SegmentInput> input;
    std::optional<read::EventSearch> search;  // None at the end.
    read::EventSearch::Found frame;
    std::string_view lines;    // Of the frame, those that were not given yet; each ends with '\n'.
    std::size_t of_frame = 0;  // How many of its lines were given.
    std::vector<LostEvents> lost;
    std::uint64_t given = 0;
    std::uint64_t without_time = 0;
    StoredEvent event;
};

Reader::Reader(std::vector<std::string> paths, Selection selection)
    : reading_(std::make_unique<Reading>(std::move(paths), selection)) {
    for (const std::string& path : reading_->paths) check_that_it_can_be_read(path);
}

Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;

Reader::Iterator Reader::begin() {
    reading_->begin();
    return Iterator(reading_.get());
}

const std::vector<std::string>& Reader::problems() const noexcept { return reading_->problems; }

const std::vector<LostEvents>& Reader::lost() const noexcept { return reading_->lost; }

const StoredEvent& Reader::Iterator::operator*() const noexcept { return reading_->event; }

Reader::Iterator& Reader::Iterator::operator++() {
    reading_->advance();
    return *this;
}

bool Reader::Iterator::at_end() const noexcept { return !reading_->search; }

}  // namespace wideline
