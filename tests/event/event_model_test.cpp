// A great many random events, each beside a model that is built the slow way. WIDELINE_MODEL_EVENTS says how many;
// WIDELINE_MODEL_SEED repeats one run.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "catch.hpp"
#include "event/event_log.hpp"
#include "event/random_event.hpp"

using event_test::EventLog;
using event_test::EventModel;
using event_test::Json;
using event_test::Random;

namespace {

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
    const char* const text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// Hides what no model can know, and how often a limit was met.
Json comparable(const Json& event) {
    Json fields = EventLog::without_stamps(event);
    if (fields.contains("wideline.truncated")) fields["wideline.truncated"] = true;
    if (!fields.contains("notes") || !fields["notes"].is_array()) return fields;
    for (Json& note : fields["notes"])
        if (note.is_object() && note.contains("at_ms")) note["at_ms"] = 0;
    return fields;
}

/// The same document as simdjson reads it.
Json json_of(const simdjson::dom::element& element) {
    using Type = simdjson::dom::element_type;
    switch (element.type()) {
        case Type::ARRAY: {
            Json array = Json::array();
            for (const simdjson::dom::element item : element.get_array()) array.push_back(json_of(item));
            return array;
        }
        case Type::OBJECT: {
            Json object = Json::object();
            for (const simdjson::dom::key_value_pair member : element.get_object())
                object[std::string(member.key)] = json_of(member.value);
            return object;
        }
        case Type::INT64:
            return element.get_int64().value();
        case Type::UINT64:
            return element.get_uint64().value();
        case Type::DOUBLE:
            return element.get_double().value();
        case Type::STRING:
            return std::string(element.get_string().value());
        case Type::BOOL:
            return element.get_bool().value();
        default:
            return nullptr;
    }
}

std::string first_difference(const Json& event, const Json& model) {
    auto member = event.begin();
    for (const auto& [key, value] : model.items()) {
        if (member == event.end()) return "the field is missing: " + Json(key).dump();
        if (member.key() != key) return Json(member.key()).dump() + " stands where there should be " + Json(key).dump();
        if (member->dump() != value.dump())
            return Json(key).dump() + ": " + member->dump() + "\nshould be " + value.dump();
        ++member;
    }
    return "a field too many: " + Json(member.key()).dump();
}

struct Expected {
    std::uint64_t seed;
    Json event;
    bool truncation_is_open;
    bool failed;
};

Expected log_one(EventLog& log, const wideline::Limits& limits, std::uint64_t seed) {
    Random random(seed);
    EventModel model(limits);
    random_events::Writer writer(random, model);
    {
        wideline::Request request{"test", log.recorder()};
        std::uint64_t writes = random.below(40);
        if (random.one_in(50)) writes = random.below(2'000);  // grows through several arenas
        const std::uint64_t shared_from = random.one_in(4) ? random.below(writes + 1) : writes;
        for (std::uint64_t i = 0; i < shared_from; ++i) writer.write(request.event());
        if (shared_from < writes) {
            const wideline::Handle handle = request.handle();
            const wideline::Attach attach(handle);  // a fragment of its own, although on this thread
            for (std::uint64_t i = shared_from; i < writes; ++i)
                writer.write(random.one_in(2) ? request.event() : wideline::event());
        }
    }
    return {seed, writer.expected(), writer.truncation_is_open(), writer.failed()};
}

void check(const std::string& line, Expected expected) {
    static simdjson::dom::parser parser;
    const Json event = event_test::parse(line);
    const Json fields = comparable(event);
    if (expected.truncation_is_open && !fields.contains("wideline.truncated"))
        expected.event.erase("wideline.truncated");
    if (fields.dump() != expected.event.dump())
        FAIL("the event of seed " << expected.seed
                                  << " is not the model's: " << first_difference(fields, expected.event));
    if (event.at("outcome") != (expected.failed ? "error" : "success"))
        FAIL("outcome of the event of seed " << expected.seed);
    auto by_simdjson = parser.parse(line);
    if (by_simdjson.error() != simdjson::SUCCESS || json_of(by_simdjson.value()).dump() != event.dump())
        FAIL("simdjson reads another event, seed " << expected.seed << ": " << line);
}

void compare_many(const wideline::Limits& limits, std::uint64_t first_seed, std::uint64_t events) {
    wideline::Options options;
    options.limits = limits;
    options.error_when = wideline::field("never written") == 1;
    EventLog log(options);
    constexpr std::uint64_t kAtOnce = 200;
    for (std::uint64_t done = 0; done < events; done += kAtOnce) {
        std::vector<Expected> expected;
        for (std::uint64_t i = done; i < std::min(done + kAtOnce, events); ++i)
            expected.push_back(log_one(log, limits, first_seed + i));
        const std::vector<std::string> lines = log.take_lines();
        REQUIRE(lines.size() == expected.size());
        for (std::size_t i = 0; i < lines.size(); ++i) check(lines[i], expected[i]);
    }
}

}  // namespace

TEST_CASE("Random events of every type, operation and hostile text equal a plain model") {
    const std::uint64_t events = number_from_environment("WIDELINE_MODEL_EVENTS", 30'000);
    const std::uint64_t seed = number_from_environment("WIDELINE_MODEL_SEED", 1);
    compare_many({}, seed, events - events / 3);
    compare_many({.fields = 12, .string_bytes = 30, .depth = 3, .array_items = 4}, seed, events / 3);
}
