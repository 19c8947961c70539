// Who writes the events: stamped on every one of them.
#pragma once

#include <string>

namespace wideline {

struct Service {
    std::string name{};         ///< service.name; also the beginning of a segment's file name
    std::string version{};      ///< service.version, absent where empty
    std::string environment{};  ///< service.environment, absent where empty
    std::string instance{};     ///< service.instance; `host:pid` where empty
};

}  // namespace wideline
