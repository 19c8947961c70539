#include "view/api.hpp"

#include <algorithm>
#include <charconv>
#include <new>
#include <nlohmann/json.hpp>
#include <regex>
#include <stdexcept>

#include "read/byte_window.hpp"
#include "view/event_list.hpp"
#include "view/summary.hpp"

namespace wideline::view {
namespace {

using Json = nlohmann::ordered_json;
using Parameters = Api::Parameters;

std::string parameter(const Parameters& parameters, const std::string& name) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string() : found->second;
}

/// Nothing where it is not given.
std::optional<std::int64_t> number(const Parameters& parameters, const std::string& name) {
    const std::string text = parameter(parameters, name);
    if (text.empty()) return std::nullopt;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    // Beyond these, sums of times overflow; they are some 140,000 years away.
    constexpr std::int64_t kMost = std::int64_t{1} << 62;
    if (error != std::errc{} || end != text.data() + text.size() || value > kMost || value < -kMost)
        throw std::invalid_argument(name + " is a whole number, not \"" + text + "\"");
    return value;
}

std::size_t size(const Parameters& parameters, const std::string& name, std::int64_t without) {
    return static_cast<std::size_t>(std::clamp<std::int64_t>(number(parameters, name).value_or(without), 1, 500));
}

Search::Terms terms_of(const Parameters& parameters) {
    return {match_of(parameter(parameters, "q")), number(parameters, "since"), number(parameters, "until"),
            parameter(parameters, "errors") == "1", parameter(parameters, "by")};
}

Answer answer(const Json& json, int status = 200) {
    return {status, json.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

Answer refusal(int status, const std::string& sentence) { return answer({{"error", sentence}}, status); }

Json json_of(const ListedEvent& event, read::EventLine& reader) {
    std::string padded = event.line;
    padded.append(read::kReadableBehind, '\0');
    std::vector<std::pair<std::string, read::JsonText>> found;
    Json fields = Json::array();
    if (reader.read_all(std::string_view(padded).substr(0, event.line.size()), found))
        for (const auto& [key, value] : found) fields.push_back(Json::array({key, std::string(value)}));
    else
        fields.push_back(Json::array({"(a line that is no JSON object)",
                                      Json(event.line).dump(-1, ' ', false, Json::error_handler_t::replace)}));
    const bool timed = event.id.time != EventFacts::kNoTime;
    return {{"id", event.id.text()},
            {"time", timed ? Json(event.id.time) : Json()},
            {"failed", event.facts.failed},
            {"weight", event.facts.weight},
            {"fields", std::move(fields)}};
}

void add_problems(Json& to, const std::vector<std::string>& problems) {
    for (const std::string& sentence : problems)
        if (std::find(to.begin(), to.end(), sentence) == to.end()) to.push_back(sentence);
}

Answer summary(platform::FileSystem& files, const Snapshot& snapshot, const Parameters& parameters) {
    const Search::Terms terms = terms_of(parameters);
    const TimeAxis axis = TimeAxis::of(snapshot, terms, size(parameters, "buckets", 60));
    const bool quick = parameter(parameters, "quick") == "1" && Search(terms).only_times();
    Json json = quick ? quick_summary(snapshot, terms, axis) : exact_summary(files, snapshot, terms, axis);
    json["version"] = snapshot.version;
    json["exact"] = !quick;
    std::uint64_t events = 0;
    for (const Frame& frame : snapshot.frames) events += frame.events;
    json["journal"] = {{"frames", snapshot.frames.size()}, {"events", events}};
    add_problems(json["problems"], snapshot.problems);
    return answer(json);
}

Answer events(platform::FileSystem& files, const Snapshot& snapshot, const Parameters& parameters) {
    std::optional<EventId> before;
    if (const std::string text = parameter(parameters, "before"); !text.empty()) {
        before = EventId::parse(text);
        if (!before) throw std::invalid_argument("before is the id of an event, not \"" + text + "\"");
    }
    const EventList list = newest_events(files, snapshot, terms_of(parameters), before, size(parameters, "limit", 50));
    read::EventLine reader({});
    Json json{{"version", snapshot.version}, {"events", Json::array()}, {"more", list.more}};
    for (const ListedEvent& event : list.events) json["events"].push_back(json_of(event, reader));
    json["problems"] = list.problems;
    add_problems(json["problems"], snapshot.problems);
    return answer(json);
}

Answer event(platform::FileSystem& files, const Snapshot& snapshot, const Parameters& parameters) {
    const std::string text = parameter(parameters, "id");
    const auto id = EventId::parse(text);
    if (!id) throw std::invalid_argument("id is the id of an event, not \"" + text + "\"");
    const auto found = event_with_id(files, snapshot, *id);
    if (!found) return refusal(404, "this event is not in the journal, or no longer: retention may have removed it");
    read::EventLine reader({"trace_id"});
    Json json = json_of(*found, reader);
    json["trace"] = Json::array();
    std::string padded = found->line;
    padded.append(read::kReadableBehind, '\0');
    if (!reader.read(std::string_view(padded).substr(0, found->line.size()))) return answer(json);
    const std::string trace = read::unescaped(reader.values()[0]);
    if (trace.empty()) return answer(json);
    Search::Terms terms;
    terms.match = read::Match({read::SearchTerm::equals("trace_id", trace)});
    const EventList list = newest_events(files, snapshot, terms, std::nullopt, Api::kMostOfATrace);
    for (auto other = list.events.rbegin(); other != list.events.rend(); ++other)
        json["trace"].push_back(json_of(*other, reader));
    return answer(json);
}

}  // namespace

Answer Api::get(const std::string& path, const Parameters& parameters) {
    try {
        const auto snapshot = catalogue_.refresh();
        if (path == "/api/summary") return summary(files_, *snapshot, parameters);
        if (path == "/api/events") return events(files_, *snapshot, parameters);
        if (path == "/api/event") return event(files_, *snapshot, parameters);
        if (path == "/api/version") return answer({{"version", snapshot->version}});
    } catch (const std::invalid_argument& error) {
        return refusal(400, error.what());
    } catch (const std::regex_error&) {
        return refusal(400, "this regular expression is too much for a line of the journal; make it simpler");
    } catch (const std::bad_alloc&) {
        return refusal(500, "there is not enough memory for this search; narrow it");
    }
    return refusal(404, "there is no " + path);
}

}  // namespace wideline::view
