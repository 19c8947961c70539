// From a finished event of 40 fields to its JSON line, beside what else writes one from the same typed values:
// rapidjson's Writer, a plain writer by hand (keys escaped beforehand, std::to_chars), nlohmann::json's dump, and a
// copy of the line, which nobody can be cheaper than. All write the stamped fields too, ids in hexadecimal; the peers
// are given our own functions for ids and times, for theirs would be slower.
//
// `one` is one event again and again, `varied` 256 whose values differ.
#include <benchmark/benchmark.h>
#ifdef WIDELINE_BENCH_HAS_RAPIDJSON
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#endif
#ifdef WIDELINE_BENCH_HAS_NLOHMANN
#include <nlohmann/json.hpp>
#endif

#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "encoding/json_text.hpp"
#include "pipeline/event_encoder.hpp"
#include "support/finished_events.hpp"

namespace {

using namespace wideline;
using bench::Checkout;
using bench::FinishedEvents;

constexpr std::size_t kLines = 256 << 10;  // bytes of lines, then from the beginning again: as in a batch

const FinishedEvents& events_of(std::size_t count) {
    static const FinishedEvents one(1);
    static const FinishedEvents varied(256);
    return count == 1 ? one : varied;
}

/// Without the pairs for an index, which the peers do not make either; pipeline_benchmark counts them in.
pipeline::EventEncoder encoder() {
    return {Options{}, bench::kService, bench::kRules, pipeline::EventEncoder::Pairs::ignored};
}

std::vector<std::string> lines_of(const FinishedEvents& all) {
    pipeline::EventEncoder encode = encoder();
    std::vector<std::string> lines;
    for (const auto& event : all.events()) {
        pipeline::LineBuffer line(4096);
        encode.encode(*event, line);
        lines.emplace_back(line.view());
    }
    return lines;
}

void encode_wideline(benchmark::State& state, std::size_t count) {
    const FinishedEvents& all = events_of(count);
    pipeline::EventEncoder encode = encoder();
    pipeline::LineBuffer lines(2 * kLines);
    std::size_t at = 0;
    std::size_t bytes = 0;
    for (auto _ : state) {
        if (lines.size() > kLines) lines.cut(0);
        const std::size_t before = lines.size();
        benchmark::DoNotOptimize(encode.encode(*all.events()[at++ % count], lines));
        bytes += lines.size() - before;
    }
    state.counters["line_bytes"] = static_cast<double>(bytes) / static_cast<double>(state.iterations());
}

void encode_memcpy(benchmark::State& state, std::size_t count) {
    const std::vector<std::string> lines = lines_of(events_of(count));
    std::vector<char> room(2 * kLines);
    std::size_t at = 0;
    std::size_t size = 0;
    for (auto _ : state) {
        if (size > kLines) size = 0;
        const std::string& line = lines[at++ % count];
        std::memcpy(room.data() + size, line.data(), line.size());
        size += line.size();
        benchmark::ClobberMemory();
    }
}

/// What is stamped, as text.
struct Stamps {
    char text[256];
    std::string_view timestamp, trace_id, span_id, parent_span_id, event_id;
    double duration_ms;

    explicit Stamps(const detail::OpenEvent& event) {
        const detail::ArenaHeader& arena = *event.small_arena;
        char* at = text;
        const auto done = [&](char* end) {
            const std::string_view written(at, static_cast<std::size_t>(end - at));
            at = end;
            return written;
        };
        const auto hex = [](char* out, std::uint64_t word) {
            std::uint8_t bytes[8];
            for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(word >> (56 - 8 * i));
            return json_text::write_hex(out, bytes);
        };
        timestamp = done(json_text::write_time(at, arena.start_us));
        timestamp = timestamp.substr(1, timestamp.size() - 2);  // writers put their own quotes
        trace_id = done(hex(hex(at, arena.trace_id_high), arena.trace_id_low));
        span_id = done(hex(at, arena.span_id));
        parent_span_id = done(hex(at, arena.parent_span_id));
        std::array<std::uint8_t, 16> id{};
        std::memcpy(id.data(), &arena.start_us, 8);
        std::memcpy(id.data() + 8, &arena.span_id, 8);
        event_id = done(json_text::write_uuid(at, id));
        duration_ms = static_cast<double>(event.fate().duration_ns) / 1e6;
    }
};

/// Feeds `writer` with all members of an event's line: writer.member(key, value) for each.
template <class Writer>
void write_members(Writer& writer, const detail::OpenEvent& event, const Checkout& values) {
    const Stamps stamps(event);
    writer.member("timestamp", stamps.timestamp);
    writer.member("name", event.name());
    writer.member("duration_ms", stamps.duration_ms);
    writer.member("outcome",
                  std::string_view(event.fate().outcome == wideline::detail::Outcome::error ? "error" : "success"));
    writer.member("trace_id", stamps.trace_id);
    writer.member("span_id", stamps.span_id);
    writer.member("parent_span_id", stamps.parent_span_id);
    writer.member("event_id", stamps.event_id);
    writer.member("service.name", std::string_view(bench::kService.name));
    writer.member("service.version", std::string_view(bench::kService.version));
    writer.member("service.environment", std::string_view(bench::kService.environment));
    writer.member("service.instance", std::string_view(bench::kService.instance));
    writer.member("sample_weight", event.fate().weight);
    writer.member("sample_rule", std::string_view(bench::kRules[event.fate().rule]));
#define FIELD(key, name) writer.member(key, values.name);
    WIDELINE_BENCH_FIELDS(FIELD)
#undef FIELD
}

/// What one would write without a library: keys are literals, numbers by std::to_chars, strings byte by byte.
class PlainWriter {
public:
    explicit PlainWriter(char* out) : begin_(out), at_(out) {}

    template <std::size_t N, class T>
    void member(const char (&key)[N], const T& value) {
        *at_++ = ',';
        *at_++ = '"';
        std::memcpy(at_, key, N - 1);
        at_ += N - 1;
        *at_++ = '"';
        *at_++ = ':';
        put(value);
    }
    char* finish() {
        *begin_ = '{';
        *at_++ = '}';
        *at_++ = '\n';
        return at_;
    }

private:
    void put(std::string_view text) {
        *at_++ = '"';
        for (const char c : text) {
            if (static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\') [[unlikely]] {
                constexpr char kHex[] = "0123456789abcdef";
                std::memcpy(at_, "\\u00", 4);
                at_[4] = kHex[c >> 4 & 15];
                at_[5] = kHex[c & 15];
                at_ += 6;
            } else {
                *at_++ = c;
            }
        }
        *at_++ = '"';
    }
    void put(const std::string& text) { put(std::string_view(text)); }
    void put(std::int64_t value) { at_ = std::to_chars(at_, at_ + 32, value).ptr; }
    void put(double value) { at_ = std::to_chars(at_, at_ + 32, value).ptr; }
    void put(bool value) {
        const std::string_view text = value ? "true" : "false";
        std::memcpy(at_, text.data(), text.size());
        at_ += text.size();
    }
    template <class T, std::size_t N>
    void put(const std::array<T, N>& items) {
        for (std::size_t i = 0; i < N; ++i) {
            *at_++ = i == 0 ? '[' : ',';
            put(items[i]);
        }
        *at_++ = ']';
    }

    char* begin_;
    char* at_;
};

void encode_by_hand(benchmark::State& state, std::size_t count) {
    const FinishedEvents& all = events_of(count);
    std::vector<char> room(2 * kLines);
    std::size_t at = 0;
    std::size_t size = 0;
    for (auto _ : state) {
        if (size > kLines) size = 0;
        PlainWriter writer(room.data() + size);
        write_members(writer, *all.events()[at % count], all.values()[at % count]);
        ++at;
        size = static_cast<std::size_t>(writer.finish() - room.data());
        benchmark::ClobberMemory();
    }
}

#define BENCHMARK_EVENTS(function)        \
    BENCHMARK_CAPTURE(function, one, 1U); \
    BENCHMARK_CAPTURE(function, varied, 256U)

BENCHMARK_EVENTS(encode_wideline);
BENCHMARK_EVENTS(encode_memcpy);
BENCHMARK_EVENTS(encode_by_hand);

#ifdef WIDELINE_BENCH_HAS_RAPIDJSON

class RapidjsonWriter {
public:
    explicit RapidjsonWriter(rapidjson::Writer<rapidjson::StringBuffer>& writer) : writer_(writer) {}

    template <std::size_t N, class T>
    void member(const char (&key)[N], const T& value) {
        writer_.Key(key, N - 1);
        put(value);
    }

private:
    void put(std::string_view text) { writer_.String(text.data(), static_cast<rapidjson::SizeType>(text.size())); }
    void put(const std::string& text) { put(std::string_view(text)); }
    void put(std::int64_t value) { writer_.Int64(value); }
    void put(double value) { writer_.Double(value); }
    void put(bool value) { writer_.Bool(value); }
    template <class T, std::size_t N>
    void put(const std::array<T, N>& items) {
        writer_.StartArray();
        for (const T& item : items) put(item);
        writer_.EndArray();
    }

    rapidjson::Writer<rapidjson::StringBuffer>& writer_;
};

void encode_rapidjson(benchmark::State& state, std::size_t count) {
    const FinishedEvents& all = events_of(count);
    rapidjson::StringBuffer buffer(nullptr, 2 * kLines);
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    RapidjsonWriter members(writer);
    std::size_t at = 0;
    for (auto _ : state) {
        if (buffer.GetSize() > kLines) buffer.Clear();
        writer.Reset(buffer);
        writer.StartObject();
        write_members(members, *all.events()[at % count], all.values()[at % count]);
        ++at;
        writer.EndObject();
        buffer.Put('\n');
        benchmark::ClobberMemory();
    }
}

BENCHMARK_EVENTS(encode_rapidjson);

#endif

#ifdef WIDELINE_BENCH_HAS_NLOHMANN

/// The objects are there already: only dump is measured.
void encode_nlohmann(benchmark::State& state, std::size_t count) {
    std::vector<nlohmann::ordered_json> objects;
    for (const std::string& line : lines_of(events_of(count))) objects.push_back(nlohmann::ordered_json::parse(line));
    std::size_t at = 0;
    for (auto _ : state) benchmark::DoNotOptimize(objects[at++ % count].dump());
}

BENCHMARK_EVENTS(encode_nlohmann);

#endif

}  // namespace
