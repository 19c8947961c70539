#include "forward/backend_kinds.hpp"

#include <map>

namespace wideline::delivery {
namespace {

std::map<std::string, ReadTarget, std::less<>>& kinds() {
    static std::map<std::string, ReadTarget, std::less<>> all;
    return all;
}

}  // namespace

bool add_backend_kind(const char* kind, ReadTarget read) {
    kinds()[kind] = read;
    return true;
}

ReadTarget backend_kind(std::string_view kind) {
    const auto found = kinds().find(kind);
    return found == kinds().end() ? nullptr : found->second;
}

std::vector<std::string> backend_kinds() {
    std::vector<std::string> names;
    for (const auto& [name, read] : kinds()) names.push_back(name);
    return names;
}

bool is_known_backend(std::string_view kind) { return kind == "clickhouse" || kind == "http"; }

}  // namespace wideline::delivery
