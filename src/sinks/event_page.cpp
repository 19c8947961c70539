#include "sinks/event_page.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "encoding/printable.hpp"

namespace wideline {
namespace {

constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kBoldRed = "\x1b[1;31m";
constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kYellow = "\x1b[33m";
constexpr std::string_view kCyan = "\x1b[36m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kPlain = "\x1b[0m";

/// Longer keys do not push the values of all others to the right.
constexpr std::size_t kWidestKey = 36;

/// In the head, so not again among the fields.
constexpr std::array<std::string_view, 10> kShownAbove = {"timestamp",  "name",          "duration_ms", "outcome",
                                                          "error.type", "error.message", "error.why",   "error.fix",
                                                          "error.link", "notes"};

std::string spaces(std::size_t count) { return std::string(count, ' '); }

/// "2026-11-23T22:01:02.123456Z" as "2026-11-23 22:01:02.123456".
std::string readable_time(std::string time) {
    if (time.size() > 10 && time[10] == 'T') time[10] = ' ';
    if (time.ends_with('Z')) time.pop_back();
    return time;
}

std::string readable_duration(std::string_view milliseconds) {
    double value = 0;
    const auto parsed = std::from_chars(milliseconds.data(), milliseconds.data() + milliseconds.size(), value);
    if (parsed.ec != std::errc() || !std::isfinite(value)) return {};
    char text[64];
    if (value >= 10'000)
        std::snprintf(text, sizeof text, "%.1f s", value / 1000);
    else if (value >= 1)
        std::snprintf(text, sizeof text, "%.1f ms", value);
    else
        std::snprintf(text, sizeof text, "%.0f µs", value * 1000);
    return text;
}

}  // namespace

EventPage::EventPage(Colour colour, std::vector<std::string> only)
    : only_(std::move(only)), colour_(colour == Colour::ansi) {}

void EventPage::append(std::string& to, std::span<const ShownField> fields) {
    fields_ = fields;
    append_head(to);
    append_error(to);
    append_fields(to);
    append_notes(to);
    to += '\n';
}

std::string_view EventPage::value_of(std::string_view key) const {
    const auto found =
        std::find_if(fields_.begin(), fields_.end(), [key](const ShownField& field) { return field.key == key; });
    return found == fields_.end() ? std::string_view() : std::string_view(found->value);
}

std::string EventPage::text_of(std::string_view key) const { return printable(value_of(key)); }

std::string EventPage::painted(std::string_view colour, std::string_view text) const {
    std::string result;
    if (colour_) result += colour;
    result += text;
    if (colour_) result += kPlain;
    return result;
}

void EventPage::append_head(std::string& to) const {
    const std::string outcome = text_of("outcome");
    const bool cancelled = outcome == "cancelled";
    const bool failed = !outcome.empty() && outcome != "success" && !cancelled;
    const std::string name = text_of("name");
    to += failed ? painted(kBoldRed, "✗") : cancelled ? painted(kYellow, "⊘") : painted(kGreen, "✓");
    to += " " + painted(kBold, name.empty() ? "(no name)" : name);
    if (!outcome.empty()) to += "   " + painted(failed ? kBoldRed : cancelled ? kYellow : kGreen, outcome);
    if (const std::string duration = readable_duration(value_of("duration_ms")); !duration.empty())
        to += "   " + painted(kYellow, duration);
    if (const std::string time = text_of("timestamp"); !time.empty()) to += "   " + painted(kDim, readable_time(time));
    to += '\n';
}

void EventPage::append_error(std::string& to) const {
    const std::string type = text_of("error.type");
    const std::string message = text_of("error.message");
    const std::size_t before = to.size();
    if (!type.empty() || !message.empty())
        to += "  " + painted(kRed, "error") + "  " + painted(kBoldRed, type) +
              (type.empty() || message.empty() ? "" : ": ") + message + "\n";
    for (const std::string_view part : {"why", "fix", "link"}) {
        const std::string text = text_of(std::string("error.").append(part));
        if (!text.empty()) to += "  " + spaces(5 - part.size()) + painted(kRed, part) + "  " + text + "\n";
    }
    if (to.size() != before) to += '\n';
}

void EventPage::append_fields(std::string& to) const {
    std::vector<std::pair<std::string, std::string_view>> shown;
    if (only_.empty()) {
        for (const auto& [key, value] : fields_)
            if (std::find(kShownAbove.begin(), kShownAbove.end(), key) == kShownAbove.end())
                shown.emplace_back(printable(key), value);
    } else {
        for (const std::string& key : only_)
            if (const auto value = value_of(key); !value.empty()) shown.emplace_back(printable(key), value);
    }
    std::size_t width = 0;
    for (const auto& [key, value] : shown) width = std::max(width, std::min(columns(key), kWidestKey));
    for (const auto& [key, value] : shown) {
        const std::size_t used = columns(key);
        to += "  " + painted(kCyan, key) + spaces(used < width ? width - used : 0) + "  ";
        to += printable(value) + "\n";
    }
}

/// [{"at_ms": 12.4, "text": "retrying payment"}], one a line. Anything else of that name as it stands.
void EventPage::append_notes(std::string& to) const {
    const std::string_view value = value_of("notes");
    if (value.empty() || !only_.empty()) return;
    const auto notes = nlohmann::json::parse(value, nullptr, false);
    const auto is_note = [](const nlohmann::json& note) {
        return note.is_object() && note.contains("at_ms") && note["at_ms"].is_number() && note.contains("text") &&
               note["text"].is_string();
    };
    if (!notes.is_array() || !std::all_of(notes.begin(), notes.end(), is_note)) {
        to += "  " + painted(kCyan, "notes") + "  " + printable(value) + "\n";
        return;
    }
    to += "  " + painted(kCyan, "notes") + "\n";
    for (const nlohmann::json& note : notes) {
        char at[32];
        std::snprintf(at, sizeof at, "%9.1f ms", note["at_ms"].get<double>());
        to += "  " + painted(kYellow, at) + "  " + printable(note["text"].get<std::string>()) + "\n";
    }
}

}  // namespace wideline
