#include "forward/progress/cursor_slot.hpp"

#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forward/progress/counts_json.hpp"
#include "journal/frame_index.hpp"

namespace wideline::delivery {
namespace {

constexpr std::size_t kHashDigits = 16;
constexpr std::uint64_t kVersion = 1;

std::string hex16(std::uint64_t number) { return fmt::format("{:016x}", number); }

std::optional<std::uint64_t> from_hex16(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

nlohmann::ordered_json json_of(const Cursor& cursor) {
    nlohmann::ordered_json json;
    json["version"] = kVersion;
    json["generation"] = cursor.generation;
    json["run"] = cursor.run;
    json["sequence"] = cursor.next.sequence;
    json["events"] = cursor.next.events;
    json["last_event"] = cursor.last_event;
    if (cursor.after_last != 0) json["after_last"] = cursor.after_last;
    if (cursor.of_frame != 0) json["of_frame"] = hex16(cursor.of_frame);
    json["gaps"] = nlohmann::ordered_json::array();
    for (const Gap& gap : cursor.gaps) json["gaps"].push_back({gap.first, gap.count});
    if (cursor.under_way)
        json["under_way"] = {{"sequence", cursor.under_way->sequence}, {"events", cursor.under_way->events}};
    if (cursor.refused_in_a_row != 0) json["refused_in_a_row"] = cursor.refused_in_a_row;
    json["delivered"] = cursor.counts.delivered;
    json["dead"] = cursor.counts.dead;
    json["skipped"] = cursor.counts.skipped;
    json["lost"] = cursor.counts.lost;
    if (cursor.counts.repeated != 0) json["repeated"] = cursor.counts.repeated;
    if (cursor.counts.damaged_frames != 0) json["damaged_frames"] = cursor.counts.damaged_frames;
    if (!cursor.counts.dead_by_reason.empty()) json["dead_by_reason"] = cursor.counts.dead_by_reason;
    if (!cursor.counts.lost_by_reason.empty()) json["lost_by_reason"] = cursor.counts.lost_by_reason;
    json["saved"] = cursor.saved;
    json["done"] = cursor.done;
    return json;
}

Cursor cursor_of(const nlohmann::json& json) {
    Cursor cursor;
    cursor.generation = json.at("generation").get<std::uint64_t>();
    cursor.run = json.at("run").get<std::string>();
    cursor.next = {json.at("sequence").get<std::uint64_t>(), json.at("events").get<std::uint64_t>()};
    cursor.last_event = json.value("last_event", "");
    cursor.after_last = json.value("after_last", std::uint64_t{0});
    cursor.of_frame = from_hex16(json.value("of_frame", "0")).value_or(0);
    for (const auto& gap : json.value("gaps", nlohmann::json::array()))
        cursor.gaps.push_back({gap.at(0).get<std::uint64_t>(), gap.at(1).get<std::uint64_t>()});
    if (const auto under_way = json.find("under_way"); under_way != json.end() && under_way->is_object())
        cursor.under_way =
            Position{under_way->at("sequence").get<std::uint64_t>(), under_way->at("events").get<std::uint64_t>()};
    cursor.refused_in_a_row = json.value("refused_in_a_row", std::uint64_t{0});
    cursor.counts = counts_of(json);
    cursor.saved = json.value("saved", "");
    cursor.done = json.value("done", false);
    return cursor;
}

}  // namespace

void Counts::add(const Counts& more) {
    delivered += more.delivered;
    dead += more.dead;
    skipped += more.skipped;
    lost += more.lost;
    repeated += more.repeated;
    damaged_frames += more.damaged_frames;
    for (const auto& [reason, events] : more.dead_by_reason) dead_by_reason[reason] += events;
    for (const auto& [reason, events] : more.lost_by_reason) lost_by_reason[reason] += events;
}

std::string slot_of(const Cursor& cursor) {
    constexpr std::size_t kMostJson = kSlotBytes - kHashDigits - 2;
    Cursor fitting = cursor;
    if (fitting.gaps.size() > kMostGaps)
        fitting.gaps.erase(fitting.gaps.begin(), fitting.gaps.end() - static_cast<std::ptrdiff_t>(kMostGaps));
    std::string json;
    for (;; fitting.gaps.erase(fitting.gaps.begin())) {
        json = json_of(fitting).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
        if (json.size() <= kMostJson || fitting.gaps.empty()) break;
    }
    if (json.size() > kMostJson) {  // Only ids and names without measure can be that long.
        fitting.last_event.clear();
        json = json_of(fitting).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    }
    std::string content = " " + json;
    content.resize(kSlotBytes - kHashDigits, ' ');
    content.back() = '\n';
    return hex16(journal_files::hash_of(content)) + content;
}

SlotContent read_slot(std::string_view bytes) {
    SlotContent found;
    if (bytes.size() != kSlotBytes || bytes.back() != '\n') return found;
    const std::string_view content = bytes.substr(kHashDigits);
    if (bytes.substr(0, kHashDigits) != hex16(journal_files::hash_of(content))) return found;
    try {
        const auto json = nlohmann::json::parse(content);
        if (json.at("version").get<std::uint64_t>() > kVersion) {
            found.kind = SlotContent::Kind::later_version;
            return found;
        }
        found.cursor = cursor_of(json);
        found.kind = SlotContent::Kind::good;
    } catch (const nlohmann::json::exception&) {
        found.kind = SlotContent::Kind::bad;
    }
    return found;
}

}  // namespace wideline::delivery
