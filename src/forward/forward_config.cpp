#include "forward/forward_config.hpp"

#include <algorithm>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "config/json_positions.hpp"
#include "config/json_section.hpp"
#include "encoding/rfc3339.hpp"
#include "forward/backend_kinds.hpp"
#include "forward/checked_forwards.hpp"

namespace wideline::delivery {
namespace {

using config::Section;

std::chrono::milliseconds milliseconds_of(const Section& section) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(section.duration());
}

std::chrono::seconds seconds_of(const Section& section) {
    return std::chrono::duration_cast<std::chrono::seconds>(section.duration());
}

Retry read_retry(const Section& section) {
    section.allow({"initial_interval", "backoff_coefficient", "maximum_interval", "jitter", "maximum_attempts",
                   "maximum_age", "not_retried", "connect_timeout", "request_timeout"});
    Retry retry;
    if (section.has("initial_interval")) retry.initial_interval = milliseconds_of(section.at("initial_interval"));
    if (section.has("backoff_coefficient")) retry.backoff_coefficient = section.at("backoff_coefficient").number();
    if (section.has("maximum_interval")) retry.maximum_interval = milliseconds_of(section.at("maximum_interval"));
    if (section.has("jitter")) retry.jitter = section.at("jitter").number();
    if (section.has("maximum_attempts")) retry.maximum_attempts = section.at("maximum_attempts").whole();
    if (section.has("maximum_age")) retry.maximum_age = seconds_of(section.at("maximum_age"));
    if (section.has("not_retried")) retry.not_retried = section.at("not_retried").texts();
    if (section.has("connect_timeout")) retry.connect_timeout = milliseconds_of(section.at("connect_timeout"));
    if (section.has("request_timeout")) retry.request_timeout = milliseconds_of(section.at("request_timeout"));
    return retry;
}

Pack read_pack(const Section& section) {
    section.allow({"bytes", "events", "linger"});
    Pack pack;
    if (section.has("bytes")) pack.bytes = section.at("bytes").whole();
    if (section.has("events")) pack.events = section.at("events").whole();
    if (section.has("linger")) pack.linger = milliseconds_of(section.at("linger"));
    return pack;
}

Dead read_dead(const Section& section) {
    section.allow({"retain_bytes", "retain_age", "in_a_row"});
    Dead dead;
    if (section.has("retain_bytes")) dead.retain_bytes = section.at("retain_bytes").whole();
    if (section.has("retain_age")) dead.retain_age = seconds_of(section.at("retain_age"));
    if (section.has("in_a_row"))
        dead.in_a_row = static_cast<std::uint32_t>(std::min<std::uint64_t>(section.at("in_a_row").whole(), UINT32_MAX));
    return dead;
}

Start read_start(const Section& section) {
    const std::string text = section.text();
    if (text == "oldest") return Start::oldest;
    if (text == "now") return Start::now;
    if (const auto time = json_text::parse_rfc3339(text)) return *time;
    section.refuse("\"oldest\", \"now\" or a time such as \"2026-11-23T22:00:00Z\" is expected here");
}

TargetPtr read_target(const Section& section) {
    if (!section.json().is_object() || section.json().size() != 1)
        section.refuse("an object with one key, the kind of the backend, is expected here");
    const std::string kind = section.json().begin().key();
    const Section options = section.at(kind);
    if (const ReadTarget read = backend_kind(kind)) {
        try {
            return read(options);
        } catch (const std::invalid_argument& refusal) {
            options.refuse(refusal.what());
        }
    }
    if (is_known_backend(kind)) options.refuse("this wideline was built without " + kind);
    options.refuse("\"" + kind + "\" is not a backend");
}

Forward read_forward(const Section& section) {
    section.allow({"name", "where", "any", "errors", "to", "delay", "start", "retry", "pack", "dead_letters",
                   "replay_window", "in_order", "in_flight", "enabled"});
    Forward forward;
    forward.name = section.at("name").text();
    if (section.has("where")) forward.where = section.at("where").texts();
    if (section.has("any")) forward.any = section.at("any").boolean();
    if (section.has("errors")) forward.errors = section.at("errors").boolean();
    const Section to = section.at("to");
    if (to.json().is_object()) {
        forward.to.push_back(read_target(to));
    } else {
        for (const Section& target : to.items()) forward.to.push_back(read_target(target));
    }
    if (section.has("delay")) forward.delay = seconds_of(section.at("delay"));
    if (section.has("start")) forward.start = read_start(section.at("start"));
    if (section.has("retry")) forward.retry = read_retry(section.at("retry"));
    if (section.has("pack")) forward.pack = read_pack(section.at("pack"));
    if (section.has("dead_letters")) forward.dead_letters = read_dead(section.at("dead_letters"));
    if (section.has("replay_window")) forward.replay_window = seconds_of(section.at("replay_window"));
    if (section.has("in_order")) forward.in_order = section.at("in_order").boolean();
    if (section.has("in_flight"))
        forward.in_flight =
            static_cast<std::uint32_t>(std::min<std::uint64_t>(section.at("in_flight").whole(), UINT32_MAX));
    if (section.has("enabled")) forward.enabled = section.at("enabled").boolean();
    return forward;
}

}  // namespace

ForwardConfig read_forward_config(std::string_view text) {
    ForwardConfig found;
    nlohmann::json json;
    try {
        json = nlohmann::json::parse(text);
    } catch (const nlohmann::json::parse_error& error) {
        const std::size_t offset = error.byte == 0 ? 0 : error.byte - 1;
        found.problems.push_back({config::position_of(text, std::min(offset, text.size())), "this is not JSON"});
        return found;
    }
    const auto positions = config::json_positions(text);
    const auto problem = [&](const config::Path& path, const std::string& sentence) {
        const auto at = positions.find(path);
        found.problems.push_back({config::position_of(text, at == positions.end() ? 0 : at->second), sentence});
    };
    if (!json.is_object()) {
        problem({}, "an object is expected here");
        return found;
    }
    if (const auto journal = json.find("journal"); journal != json.end() && journal->is_object())
        if (const auto directory = journal->find("directory"); directory != journal->end() && directory->is_string())
            found.journal = directory->get<std::string>();
    const Section whole(json, {});
    found.present = whole.has("forward");
    if (!found.present) return found;
    std::vector<config::Path> paths;
    try {
        for (const Section& item : whole.at("forward").items()) {
            try {
                found.options.forwards.push_back(read_forward(item));
                paths.push_back(item.path());
            } catch (const config::Wrong& wrong) {
                problem(wrong.path, wrong.what());
            }
        }
    } catch (const config::Wrong& wrong) {
        problem(wrong.path, wrong.what());
    }
    if (!found.problems.empty()) return found;
    if (const auto wrong = nonsense_in(found.options)) {
        const config::Path path = wrong->forward < paths.size() ? paths[wrong->forward] : whole.at("forward").path();
        const config::Path deeper = wrong->key.empty() ? path : path + '\n' + wrong->key;
        problem(positions.contains(deeper) ? deeper : path, wrong->sentence);
    }
    return found;
}

ForwardOptions forward_options_of(const std::string& path, std::string_view text) {
    ForwardConfig found = read_forward_config(text);
    if (found.problems.empty()) return std::move(found.options);
    const config::Problem& first = found.problems.front();
    throw std::invalid_argument("wideline: " + path + ":" + std::to_string(first.position.line) + ":" +
                                std::to_string(first.position.column) + ": " + first.sentence);
}

}  // namespace wideline::delivery

namespace wideline {

ForwardOptions load_forward(const std::string& path) {
    const auto text = config::read_text(path);
    if (!text.ok()) text.failure().raise();
    return delivery::forward_options_of(path, text.value());
}

}  // namespace wideline
