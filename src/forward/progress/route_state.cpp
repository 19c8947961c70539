#include "forward/progress/route_state.hpp"

#include <cerrno>
#include <chrono>
#include <thread>

#include <nlohmann/json.hpp>

#include "encoding/rfc3339.hpp"
#include "forward/progress/counts_json.hpp"
#include "forward/progress/cursor_file.hpp"
#include "forward/wall_time.hpp"

namespace wideline::delivery {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::uint64_t kVersion = 1;

Json json_of(const Counts& counts) {
    Json json;
    json["delivered"] = counts.delivered;
    json["dead"] = counts.dead;
    json["skipped"] = counts.skipped;
    json["lost"] = counts.lost;
    json["repeated"] = counts.repeated;
    json["damaged_frames"] = counts.damaged_frames;
    json["dead_by_reason"] = counts.dead_by_reason;
    json["lost_by_reason"] = counts.lost_by_reason;
    return json;
}

platform::Status replace(platform::FileSystem& files, const std::string& directory, std::string_view text) {
    const std::string unfinished = directory + "/.route.json.unfinished";
    (void)files.remove(unfinished);  // Of a process that ended while it wrote. We have the lock.
    auto file = files.create_private(unfinished);
    if (!file.ok()) return file.failure();
    if (auto written = file.value()->append(text); !written.ok()) return written;
    if (auto synced = file.value()->sync(); !synced.ok()) return synced;
    if (auto closed = file.value()->close(); !closed.ok()) return closed;
    if (auto renamed = files.rename(unfinished, directory + "/route.json"); !renamed.ok()) return renamed;
    return files.sync_directory(directory);
}

}  // namespace

std::optional<RouteState> parse_route_state(std::string_view text) {
    try {
        const auto json = Json::parse(text);
        RouteState state;
        if (json.at("version").get<std::uint64_t>() > kVersion) {
            state.later_version = true;
            return state;
        }
        state.forward = json.value("forward", "");
        state.target = json.value("target", "");
        state.backend = json.value("backend", "");
        state.created = json_text::parse_rfc3339(json.value("created", "")).value_or(RouteState::Time{});
        state.start = json_text::parse_rfc3339(json.value("start", ""));
        state.active = json.value("active", true);
        state.accepted_dead = json_text::parse_rfc3339(json.value("accepted_dead", ""));
        state.folded = counts_of(json.value("folded", Json::object()));
        state.folding = json.value("folding", "");
        state.dead_letters_full = json.value("dead_letters_full", std::uint64_t{0});
        return state;
    } catch (const nlohmann::json::exception&) {
        return std::nullopt;
    }
}

std::string text_of(const RouteState& state) {
    Json json;
    json["version"] = kVersion;
    json["forward"] = state.forward;
    json["target"] = state.target;
    json["backend"] = state.backend;
    json["created"] = rfc3339(state.created);
    json["start"] = state.start ? rfc3339(*state.start) : "oldest";
    json["active"] = state.active;
    if (state.accepted_dead) json["accepted_dead"] = rfc3339(*state.accepted_dead);
    json["folded"] = json_of(state.folded);
    if (!state.folding.empty()) json["folding"] = state.folding;
    if (state.dead_letters_full != 0) json["dead_letters_full"] = state.dead_letters_full;
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::optional<RouteState> read_route_state(platform::FileSystem& files, const std::string& directory) {
    const auto text = read_whole(files, directory + "/route.json");
    return text.ok() ? parse_route_state(text.value()) : std::nullopt;
}

platform::Result<RouteState> change_route_state(platform::FileSystem& files, const std::string& directory,
                                                const RouteState& otherwise,
                                                const std::function<void(RouteState&)>& change) {
    auto lock = files.open_in_place(directory + "/route.lock");
    if (!lock.ok()) return lock.failure();
    for (int tries = 0;; ++tries) {
        const auto mine = lock.value()->try_lock();
        if (!mine.ok()) return mine.failure();
        if (mine.value()) break;
        constexpr int kMostTries = 2000;
        if (tries == kMostTries) return platform::Failure{"cannot lock", directory + "/route.lock", {}, EWOULDBLOCK};
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    RouteState state = read_route_state(files, directory).value_or(otherwise);
    if (state.later_version) return state;
    const std::string before = text_of(state);
    change(state);
    const std::string after = text_of(state);
    const bool there = files.state(directory + "/route.json").ok();
    if (there && after == before) return state;
    if (auto replaced = replace(files, directory, after); !replaced.ok()) return replaced.failure();
    return state;
}

}  // namespace wideline::delivery
