// Whether requests that were under way at the same time each wrote to their own event.
#pragma once

#include <cstdio>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

/// `requests` events, each with one id of its own, written before and after every suspension, and a trace of its own.
inline bool each_alone(const std::vector<nlohmann::json>& events, std::size_t requests) {
    std::set<int> ids;
    std::set<std::string> traces;
    for (const nlohmann::json& event : events) {
        const nlohmann::json& steps = event.at("steps");
        for (const nlohmann::json& step : steps) {
            if (step == event.at("id") && steps.size() > 1) continue;
            std::fprintf(stderr, "not alone: %s\n", event.dump().c_str());
            return false;
        }
        ids.insert(event.at("id").get<int>());
        traces.insert(event.at("trace_id").get<std::string>());
    }
    if (events.size() == requests && ids.size() == requests && traces.size() == requests) return true;
    std::fprintf(stderr, "%zu events, %zu ids, %zu traces instead of %zu\n", events.size(), ids.size(), traces.size(),
                 requests);
    return false;
}
