#include "config/config_file.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "config/json_section.hpp"
#include "config/redact_section.hpp"
#include "config/sampler_advice.hpp"
#include "config/sampler_section.hpp"
#include "platform/file_system.hpp"

namespace wideline::config {

namespace {

constexpr std::size_t kMostBytes = std::size_t{16} << 20;

Service read_service(const Section& section) {
    section.allow({"name", "version", "environment", "instance"});
    Service service;
    if (section.has("name")) service.name = section.at("name").text();
    if (section.has("version")) service.version = section.at("version").text();
    if (section.has("environment")) service.environment = section.at("environment").text();
    if (section.has("instance")) service.instance = section.at("instance").text();
    return service;
}

Durability read_durability(const Section& section) {
    const std::string level = section.text();
    if (level == "process") return Durability::process;
    if (level == "machine") return Durability::machine;
    section.refuse("\"process\" or \"machine\" is expected here");
}

RetainDropped read_retain_dropped(const Section& section) {
    section.allow({"bytes", "seconds"});
    RetainDropped retain;
    retain.bytes = section.at("bytes").whole();
    if (section.has("seconds")) retain.seconds = section.at("seconds").number();
    if (!(retain.seconds > 0 && retain.seconds <= 3600)) section.refuse("seconds must be more than 0 and at most 3600");
    return retain;
}

std::chrono::seconds seconds_of(const Section& section) {
    return std::chrono::duration_cast<std::chrono::seconds>(section.duration());
}

SinkPtr read_journal(const Section& section) {
    section.allow(
        {"directory", "segment_bytes", "segment_age", "durability", "retain_bytes", "retain_age", "retain_free_bytes"});
    JournalOptions options;
    if (section.has("segment_bytes")) options.segment_bytes = section.at("segment_bytes").whole();
    if (section.has("segment_age")) options.segment_age = seconds_of(section.at("segment_age"));
    if (section.has("durability")) options.durability = read_durability(section.at("durability"));
    if (section.has("retain_bytes")) options.retain_bytes = section.at("retain_bytes").whole();
    if (section.has("retain_age")) options.retain_age = seconds_of(section.at("retain_age"));
    if (section.has("retain_free_bytes")) options.retain_free_bytes = section.at("retain_free_bytes").whole();
    try {
        return journal(section.at("directory").text(), options);
    } catch (const std::invalid_argument& refusal) {
        section.refuse(refusal.what());
    }
}

/// nlohmann's sentence begins with a number of its own and a position, which is said already.
std::string reason_of(const nlohmann::json::parse_error& error) {
    std::string sentence = error.what();
    if (const std::size_t at = sentence.find("syntax error"); at != std::string::npos) sentence.erase(0, at);
    return "this is no JSON: " + sentence;
}

}  // namespace

ConfigFile read_config(std::string_view text) {
    ConfigFile file;
    nlohmann::json json;
    try {
        json = nlohmann::json::parse(text);
    } catch (const nlohmann::json::parse_error& error) {
        const std::size_t offset = error.byte == 0 ? 0 : error.byte - 1;
        file.problems.push_back({position_of(text, std::min(offset, text.size())), reason_of(error)});
        return file;
    }
    const auto positions = json_positions(text);
    const auto placed = [&](const Wrong& wrong) -> Problem {
        const auto found = positions.find(wrong.path);
        return {position_of(text, found == positions.end() ? 0 : found->second), wrong.what()};
    };
    const auto try_to = [&](const auto& read) {
        try {
            read();
        } catch (const Wrong& wrong) {
            file.problems.push_back(placed(wrong));
        }
    };
    const Section whole(json, {});
    try_to([&] {
        whole.allow({"$schema", "service", "sampler", "redact", "dry_run", "retain_dropped", "journal", "forward"});
    });
    if (whole.has("service")) try_to([&] { file.options.service = read_service(whole.at("service")); });
    if (whole.has("sampler"))
        try_to([&] {
            file.sampler = read_sampler(whole.at("sampler"));
            file.options.sampler = *file.sampler;
            for (const Wrong& advice : advice_on_sampler(whole.at("sampler"))) file.advice.push_back(placed(advice));
        });
    if (whole.has("redact"))
        try_to([&] {
            file.redaction = read_redaction(whole.at("redact"));
            file.options.redact = *file.redaction;
        });
    if (whole.has("dry_run")) try_to([&] { file.options.dry_run = whole.at("dry_run").boolean(); });
    if (whole.has("retain_dropped"))
        try_to([&] { file.options.retain_dropped = read_retain_dropped(whole.at("retain_dropped")); });
    if (whole.has("journal")) try_to([&] { file.options.sinks.push_back(read_journal(whole.at("journal"))); });
    return file;
}

platform::Result<std::string> read_text(const std::string& path) {
    auto file = platform::FileSystem::real().open(path);
    if (!file.ok()) return file.failure();
    std::string text;
    std::array<char, 1 << 14> part{};
    for (;;) {
        const auto bytes = file.value()->read(part);
        if (!bytes.ok()) return bytes.failure();
        if (bytes.value() == 0) return text;
        text.append(part.data(), bytes.value());
        if (text.size() > kMostBytes) {
            platform::Failure too_long;
            too_long.what = "a configuration has at most 16 MiB:";
            too_long.path = path;
            return too_long;
        }
    }
}

}  // namespace wideline::config

namespace wideline {

Options load(const String& path) {
    const auto text = config::read_text(path);
    if (!text.ok()) text.failure().raise();
    config::ConfigFile file = config::read_config(text.value());
    if (file.problems.empty()) return std::move(file.options);
    const config::Problem& first = file.problems.front();
    throw std::invalid_argument("wideline: " + path + ":" + std::to_string(first.position.line) + ":" +
                                std::to_string(first.position.column) + ": " + first.sentence);
}

}  // namespace wideline
