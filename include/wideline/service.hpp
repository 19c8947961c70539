// Who writes the events: stamped on every one of them.
#pragma once

#include <wideline/text.hpp>

namespace wideline {

struct Service {
    String name{};         ///< service.name; also the beginning of a segment's file name
    String version{};      ///< service.version, absent where empty
    String environment{};  ///< service.environment, absent where empty
    String instance{};     ///< service.instance; `host:pid` where empty
};

}  // namespace wideline
