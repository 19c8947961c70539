#include "forward/checked_forwards.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "forward/source/event_choice.hpp"

namespace wideline::delivery {
namespace {

constexpr std::uint64_t kLeastPack = 1024;
constexpr std::uint64_t kMostPack = std::uint64_t{64} << 20;
constexpr std::uint32_t kMostInFlight = 64;

std::string wrong_retry(const Retry& retry) {
    if (retry.initial_interval.count() <= 0) return "initial_interval must be more than 0";
    if (retry.maximum_interval < retry.initial_interval) return "maximum_interval must be at least initial_interval";
    if (!(retry.backoff_coefficient >= 1)) return "backoff_coefficient must be at least 1";
    if (!(retry.jitter >= 0 && retry.jitter <= 1)) return "jitter must be from 0 to 1";
    if (retry.connect_timeout.count() <= 0 || retry.request_timeout.count() <= 0)
        return "connect_timeout and request_timeout must be more than 0";
    if (retry.maximum_age.count() < 0) return "maximum_age must not be negative";
    for (const std::string& reason : retry.not_retried)
        if (reason != "busy" && reason != "unavailable")
            return "not_retried takes \"busy\" and \"unavailable\", not \"" + reason + "\"";
    return {};
}

std::string wrong_pack(const Pack& pack) {
    if (pack.bytes < kLeastPack || pack.bytes > kMostPack) return "bytes must be from 1024 to 67108864";
    if (pack.events == 0) return "events must be at least 1";
    if (pack.linger.count() < 0) return "linger must not be negative";
    return {};
}

struct Wrong {
    std::string key;
    std::string sentence;
};

Wrong wrong_in(const Forward& forward) {
    if (!is_route_name(forward.name))
        return {"name",
                fmt::format("\"{}\" is not a name: a letter or digit, then at most 63 of a-z 0-9 _ . -", forward.name)};
    if (forward.to.empty()) return {"to", "there is no target"};
    std::set<std::string> names;
    for (const TargetPtr& target : forward.to) {
        if (target == nullptr) return {"to", "a target is null"};
        const std::string& name = target->description().name;
        if (!is_route_name(name))
            return {"to", fmt::format("\"{}\" is not a name for a target: a letter or digit, then at most 63 of "
                                      "a-z 0-9 _ . -",
                                      name)};
        if (!names.insert(name).second) return {"to", "two targets have the name \"" + name + "\""};
    }
    if (const auto choice = choice_of(forward); !choice.ok()) return {"where", choice.failure().sentence()};
    if (std::string wrong = wrong_retry(forward.retry); !wrong.empty()) return {"retry", std::move(wrong)};
    if (forward.pack)
        if (std::string wrong = wrong_pack(*forward.pack); !wrong.empty()) return {"pack", std::move(wrong)};
    if (forward.in_flight == 0 || forward.in_flight > kMostInFlight)
        return {"in_flight", "in_flight must be from 1 to 64"};
    if (forward.delay.count() < 0) return {"delay", "delay must not be negative"};
    if (forward.replay_window.count() < 0) return {"replay_window", "replay_window must not be negative"};
    if (forward.dead_letters.in_a_row == 0) return {"dead_letters", "in_a_row must be at least 1"};
    return {};
}

}  // namespace

bool is_route_name(std::string_view name) {
    constexpr std::size_t kMost = 64;
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    return !name.empty() && name.size() <= kMost && letter(name.front()) &&
           std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || c == '_' || c == '.' || c == '-'; });
}

std::optional<Nonsense> nonsense_in(const ForwardOptions& options) {
    std::set<std::string> names;
    std::uint64_t needed = 0;
    for (std::size_t i = 0; i < options.forwards.size(); ++i) {
        const Forward& forward = options.forwards[i];
        if (Wrong wrong = wrong_in(forward); !wrong.sentence.empty())
            return Nonsense{i, std::move(wrong.key), std::move(wrong.sentence)};
        if (!names.insert(forward.name).second)
            return Nonsense{i, "name", "two forwards have the name \"" + forward.name + "\""};
        needed += forward.to.size() * forward.pack.value_or(Pack{}).bytes;
    }
    const std::size_t all = options.forwards.size();
    if (needed > options.memory)
        return Nonsense{
            all, "", fmt::format("the batches of all routes need {} bytes, and memory is {}", needed, options.memory)};
    if (options.poll.count() <= 0) return Nonsense{all, "", "poll must be more than 0"};
    if (options.shutdown_timeout.count() < 0) return Nonsense{all, "", "shutdown_timeout must not be negative"};
    return std::nullopt;
}

}  // namespace wideline::delivery
