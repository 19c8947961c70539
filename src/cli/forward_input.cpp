#include "cli/forward_input.hpp"

#include <fmt/format.h>

#include "cli/input.hpp"
#include "config/config_file.hpp"
#include "forward/checked_forwards.hpp"
#include "forward/forward_config.hpp"
#include "platform/file_system.hpp"

namespace wideline::cli {
namespace {

/// False if nothing is left.
bool narrow(ForwardOptions& options, const std::string& forward, const std::string& target) {
    std::erase_if(options.forwards, [&](const Forward& one) { return !forward.empty() && one.name != forward; });
    for (Forward& one : options.forwards)
        std::erase_if(one.to, [&](const TargetPtr& to) { return !target.empty() && to->description().name != target; });
    std::erase_if(options.forwards, [](const Forward& one) { return one.to.empty(); });
    return !options.forwards.empty();
}

}  // namespace

std::optional<ForwardInput> read_forward_input(const std::string& config, const std::string& journal,
                                               const std::string& forward, const std::string& target) {
    if (config.empty()) {
        complain("--config FILE is needed: a file with a section \"forward\"");
        return std::nullopt;
    }
    const auto text = config::read_text(config);
    if (!text.ok()) {
        complain(text.failure().sentence());
        return std::nullopt;
    }
    delivery::ForwardConfig found = delivery::read_forward_config(text.value());
    for (const auto& [position, sentence] : found.problems)
        complain(fmt::format("{}:{}:{}: {}", config, position.line, position.column, sentence));
    if (!found.problems.empty()) return std::nullopt;
    if (!found.present) {
        complain(config + " has no section \"forward\"");
        return std::nullopt;
    }
    ForwardInput input{std::move(found.options), journal.empty() ? found.journal : journal, false};
    if (!forward.empty() || !target.empty()) {
        input.narrowed = true;
        if (!narrow(input.options, forward, target)) {
            complain(fmt::format("{} has no route {}/{}", config, forward.empty() ? "*" : forward,
                                 target.empty() ? "*" : target));
            return std::nullopt;
        }
    }
    return input;
}

std::string state_of(const std::string& journal) { return journal + "/.wideline-forward"; }

std::optional<std::string> route_directory(const std::string& journal, const std::string& route) {
    const std::size_t slash = route.find('/');
    const bool named = slash != std::string::npos && delivery::is_route_name(route.substr(0, slash)) &&
                       delivery::is_route_name(route.substr(slash + 1));
    if (!named) {
        complain("\"" + route + "\" is not a route: write FORWARD/TARGET");
        return std::nullopt;
    }
    std::string directory = state_of(journal) + "/" + route;
    const auto there = platform::FileSystem::real().is_directory(directory);
    if (there.ok() && there.value()) return directory;
    complain("there is no route " + route + " in " + journal);
    return std::nullopt;
}

}  // namespace wideline::cli
