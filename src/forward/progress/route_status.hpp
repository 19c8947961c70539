// What a route does at the moment, in the file status.json of its directory, for people who ask the files. It is a
// note: nothing depends on it, and the last process that writes it is right.
#pragma once

#include <string>

#include "platform/file_system.hpp"

namespace wideline::delivery {

struct RouteStatus {
    std::string state;  ///< As in RouteStats; "stopped" after the end of the process that wrote it.
    std::string held_reason;
    std::string last_error;

    bool operator==(const RouteStatus&) const = default;
};

[[nodiscard]] RouteStatus read_route_status(platform::FileSystem& files, const std::string& directory);
/// `name` is the process's own, for the file that it writes first.
platform::Status write_route_status(platform::FileSystem& files, const std::string& directory, const std::string& name,
                                    const RouteStatus& status);

}  // namespace wideline::delivery
