#include "forward/progress/route_status.hpp"

#include <nlohmann/json.hpp>

#include "forward/progress/cursor_file.hpp"

namespace wideline::delivery {

RouteStatus read_route_status(platform::FileSystem& files, const std::string& directory) {
    RouteStatus status;
    const auto text = read_whole(files, directory + "/status.json");
    if (!text.ok()) return status;
    const auto json = nlohmann::json::parse(text.value(), nullptr, false);
    const auto read = [&](const char* key) {
        const auto found = json.find(key);
        return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    if (!json.is_object()) return status;
    return {read("state"), read("held_reason"), read("last_error")};
}

platform::Status write_route_status(platform::FileSystem& files, const std::string& directory, const std::string& name,
                                    const RouteStatus& status) {
    nlohmann::ordered_json json;
    json["state"] = status.state;
    json["held_reason"] = status.held_reason;
    json["last_error"] = status.last_error;
    const std::string unfinished = directory + "/.status." + name;
    (void)files.remove(unfinished);
    auto file = files.create_private(unfinished);
    if (!file.ok()) return file.failure();
    const std::string text = json.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
    if (auto written = file.value()->append(text); !written.ok()) return written;
    return files.rename(unfinished, directory + "/status.json");
}

}  // namespace wideline::delivery
