#include "view/event_list.hpp"

#include <charconv>
#include <map>

#include "journal/frame_index.hpp"

namespace wideline::view {
namespace {

using Newest = std::multimap<EventId, ListedEvent>;

std::string_view without_newline(std::string_view line) {
    return line.ends_with('\n') ? line.substr(0, line.size() - 1) : line;
}

/// Keeps the newest of the events that it takes, and one more, which tells that there are more.
class NewestTaker final : public FrameTaker {
public:
    NewestTaker(Newest& all, std::optional<EventId> before, std::size_t most)
        : all_(all), before_(before), most_(most) {}

    void take(const EventFacts& facts, std::string_view line) override {
        const EventId id = EventId::of(facts, line);
        if (before_ && id >= *before_) return;
        if (frame_.size() == most_ && id <= frame_.begin()->first) return;
        ListedEvent event{id, facts, std::string(without_newline(line))};
        event.facts.broken_down = {};
        frame_.emplace(id, std::move(event));
        if (frame_.size() > most_) frame_.erase(frame_.begin());
    }

    void end_frame() override {
        all_.merge(frame_);
        frame_.clear();
        while (all_.size() > most_) all_.erase(all_.begin());
    }

private:
    Newest& all_;
    const std::optional<EventId> before_;
    const std::size_t most_;
    Newest frame_;
};

/// The whole of [begin, end) as a number.
template <class Number>
bool parse_number(std::string_view text, Number& number, int base) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

EventId EventId::of(const EventFacts& facts, std::string_view line) {
    return {facts.time, journal_files::hash_of(without_newline(line))};
}

std::optional<EventId> EventId::parse(std::string_view text) {
    const std::size_t dot = text.find('.');
    EventId id;
    if (dot == std::string_view::npos || !parse_number(text.substr(0, dot), id.time, 10) ||
        !parse_number(text.substr(dot + 1), id.hash, 16))
        return std::nullopt;
    return id;
}

std::string EventId::text() const {
    char hex[16];
    const auto [end, error] = std::to_chars(hex, hex + sizeof hex, hash, 16);
    return std::to_string(time) + "." + std::string(hex, end);
}

EventList newest_events(platform::FileSystem& files, const Snapshot& snapshot, const Search::Terms& terms,
                        std::optional<EventId> before, std::size_t limit) {
    Search::Terms narrowed = terms;
    if (before && before->time != EventFacts::kNoTime) {
        const std::int64_t until = before->time + 1;
        if (!narrowed.until || *narrowed.until > until) narrowed.until = until;
    }
    Newest newest;
    const std::size_t most = limit + 1;
    EventList list;
    list.problems = scan(
        files, snapshot.frames, narrowed, [&] { return std::make_unique<NewestTaker>(newest, before, most); },
        // The frames that end last come first: what comes now is older than all that are there.
        [&](const Frame& next) { return newest.size() < most || next.greatest_time >= newest.begin()->first.time; });
    list.more = newest.size() > limit;
    for (auto event = newest.rbegin(); event != newest.rend() && list.events.size() < limit; ++event)
        list.events.push_back(std::move(event->second));
    return list;
}

std::optional<ListedEvent> event_with_id(platform::FileSystem& files, const Snapshot& snapshot, EventId id) {
    Search::Terms terms;
    std::optional<EventId> before;
    if (id.time != EventFacts::kNoTime) {
        terms.since = id.time;
        terms.until = id.time + 1;
    }
    if (id.hash != std::numeric_limits<std::uint64_t>::max()) before = EventId{id.time, id.hash + 1};
    const EventList list = newest_events(files, snapshot, terms, before, 1);
    if (list.events.empty() || list.events.front().id != id) return std::nullopt;
    return list.events.front();
}

}  // namespace wideline::view
