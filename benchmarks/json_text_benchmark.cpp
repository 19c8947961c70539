// What the pipeline writes JSON text with, beside what else could: rapidjson's Writer, std::to_chars, fmt and memcpy.
// Every comparison writes the same values into memory that is already there; "line" is a whole event of 40 fields.
#include <benchmark/benchmark.h>
#include <fmt/compile.h>
#include <fmt/format.h>
#ifdef WIDELINE_BENCH_HAS_RAPIDJSON
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#endif

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "encoding/json_text.hpp"

namespace {

using namespace wideline;

constexpr std::size_t kValues = 4096;  // more than a branch predictor learns by heart

enum class Numbers { durations, prices, ratios, millis, all_digits, mixed };

double number_of(Numbers kind, std::mt19937_64& random) {
    const auto below = [&](std::uint64_t limit) { return static_cast<double>(random() % limit); };
    switch (kind) {
        case Numbers::durations:
            return below(100'000'000) / 1e6;
        case Numbers::prices:
            return below(100'000) / 1e2;
        case Numbers::ratios:
            return below(1'000'000'000'000) / 1e12;
        case Numbers::millis:
            return below(10'000) / 1e3;
        case Numbers::all_digits:
            return std::ldexp(below(std::uint64_t{1} << 53), static_cast<int>(random() % 600) - 300);
        case Numbers::mixed:
            return number_of(static_cast<Numbers>(random() % 5), random);
    }
    return 0;
}

std::vector<double> numbers(Numbers kind) {
    std::mt19937_64 random{1};
    std::vector<double> values(kValues);
    for (double& value : values) value = number_of(kind, random);
    return values;
}

enum class Texts { ascii, escaped, european, chinese };

std::vector<std::string> texts(Texts kind) {
    std::mt19937_64 random{2};
    std::vector<std::string> values(kValues);
    for (std::string& value : values) {
        const std::size_t size = 8 + random() % 53;
        while (value.size() < size) {
            const bool special = random() % 12 == 0;
            if (kind == Texts::escaped && special) value += random() % 2 == 0 ? "\"" : "\n";
            if (kind == Texts::european && special) value += "ü";
            if (kind == Texts::chinese)
                value += "東";
            else
                value += static_cast<char>('a' + random() % 26);
        }
    }
    return values;
}

template <class Values, class Write>
void write_all(benchmark::State& state, const Values& values, Write write) {
    std::vector<char> room(1 << 16);
    std::size_t at = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(write(room.data(), values[at++ % kValues]));
        benchmark::ClobberMemory();
    }
}

void string_wideline(benchmark::State& state, Texts kind) {
    std::uint64_t replaced = 0;
    write_all(state, texts(kind),
              [&](char* out, const std::string& text) { return json_text::write_string(out, text, replaced); });
}

void string_memcpy(benchmark::State& state, Texts kind) {
    write_all(state, texts(kind), [](char* out, const std::string& text) {
        std::memcpy(out, text.data(), text.size());
        return out + text.size();
    });
}

void double_wideline(benchmark::State& state, Numbers kind) {
    write_all(state, numbers(kind), json_text::write_double);
}

void double_to_chars(benchmark::State& state, Numbers kind) {
    write_all(state, numbers(kind), [](char* out, double value) { return std::to_chars(out, out + 64, value).ptr; });
}

void double_fmt(benchmark::State& state, Numbers kind) {
    write_all(state, numbers(kind),
              [](char* out, double value) { return fmt::format_to(out, FMT_COMPILE("{}"), value); });
}

std::vector<std::int64_t> integers(int bits) {
    std::mt19937_64 random{3};
    std::vector<std::int64_t> values(kValues);
    for (auto& value : values)
        value = static_cast<std::int64_t>(random() >> (64 - bits)) >> (random() % static_cast<unsigned>(bits));
    return values;
}

void integer_wideline(benchmark::State& state, int bits) { write_all(state, integers(bits), json_text::write_int); }

void integer_to_chars(benchmark::State& state, int bits) {
    write_all(state, integers(bits),
              [](char* out, std::int64_t value) { return std::to_chars(out, out + 64, value).ptr; });
}

void integer_fmt(benchmark::State& state, int bits) {
    write_all(state, integers(bits),
              [](char* out, std::int64_t value) { return fmt::format_to(out, FMT_COMPILE("{}"), value); });
}

void time_wideline(benchmark::State& state) {
    std::vector<std::int64_t> times = integers(50);
    for (auto& time : times) time += 1'795'471'262'000'000;
    write_all(state, times, json_text::write_time);
}

void uuid_wideline(benchmark::State& state) {
    std::vector<std::array<std::uint8_t, 16>> ids(kValues);
    std::mt19937_64 random{4};
    for (auto& id : ids)
        for (auto& byte : id) byte = static_cast<std::uint8_t>(random());
    write_all(state, ids, [](char* out, const auto& id) { return json_text::write_uuid(out, id); });
}

/// An event: 20 strings of 8 to 60 bytes, 8 integers, 6 doubles, 4 booleans, 2 arrays of 3 strings.
struct Line {
    std::array<std::string, 20> strings;
    std::array<std::int64_t, 8> integers;
    std::array<double, 6> doubles;
    std::array<bool, 4> booleans;
    std::array<std::array<std::string, 3>, 2> arrays;
};

std::vector<Line> lines() {
    std::mt19937_64 random{5};
    const std::vector<std::string> words = texts(Texts::ascii);
    std::vector<Line> values(64);
    for (Line& line : values) {
        for (auto& text : line.strings) text = words[random() % kValues];
        for (auto& value : line.integers) value = static_cast<std::int64_t>(random() >> (24 + random() % 40));
        for (auto& value : line.doubles) value = number_of(static_cast<Numbers>(random() % 4), random);
        line.doubles[5] = std::ldexp(static_cast<double>(random() >> 11), -60);  // one that needs all its digits
        for (auto& value : line.booleans) value = random() % 2 == 0;
        for (auto& array : line.arrays)
            for (auto& item : array) item = words[random() % kValues].substr(0, 8);
    }
    return values;
}

struct Keys {
    std::array<std::string, 40> names;
    std::array<std::string, 40> escaped;  ///< `"name":`, as the encoder keeps them
    Keys() {
        for (std::size_t i = 0; i < names.size(); ++i) {
            names[i] = "http.request.field" + std::to_string(i);
            escaped[i] = ",\"" + names[i] + "\":";
        }
    }
};

char* copy(char* out, std::string_view text) {
    std::memcpy(out, text.data(), text.size());
    return out + text.size();
}

char* write_line(char* out, const Line& line, const Keys& keys, std::uint64_t& replaced) {
    auto key = keys.escaped.begin();
    char* const begin = out;
    for (const auto& text : line.strings) out = json_text::write_string(copy(out, *key++), text, replaced);
    for (const auto value : line.integers) out = json_text::write_int(copy(out, *key++), value);
    for (const auto value : line.doubles) out = json_text::write_double(copy(out, *key++), value);
    for (const auto value : line.booleans) out = copy(copy(out, *key++), value ? "true" : "false");
    for (const auto& array : line.arrays) {
        out = copy(out, *key++);
        *out = '[';
        for (const auto& item : array) {
            out = json_text::write_string(out + 1, item, replaced);
            *out = ',';
        }
        *out++ = ']';
    }
    *begin = '{';
    return copy(out, "}\n");
}

void line_wideline(benchmark::State& state) {
    const Keys keys;
    const std::vector<Line> values = lines();
    std::vector<char> room(1 << 16);
    std::uint64_t replaced = 0;
    std::size_t at = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(write_line(room.data(), values[at++ % values.size()], keys, replaced));
        benchmark::ClobberMemory();
    }
}

void line_memcpy(benchmark::State& state) {
    const Keys keys;
    std::vector<char> line(1 << 16);
    std::vector<char> room(1 << 16);
    std::uint64_t replaced = 0;
    const auto size = static_cast<std::size_t>(write_line(line.data(), lines()[0], keys, replaced) - line.data());
    for (auto _ : state) {
        std::memcpy(room.data(), line.data(), size);
        benchmark::ClobberMemory();
    }
    state.counters["bytes"] = static_cast<double>(size);
}

BENCHMARK(line_wideline);
BENCHMARK(line_memcpy);

#define BENCHMARK_TEXTS(function)                           \
    BENCHMARK_CAPTURE(function, ascii, Texts::ascii);       \
    BENCHMARK_CAPTURE(function, escaped, Texts::escaped);   \
    BENCHMARK_CAPTURE(function, european, Texts::european); \
    BENCHMARK_CAPTURE(function, chinese, Texts::chinese)

#define BENCHMARK_NUMBERS(function)                               \
    BENCHMARK_CAPTURE(function, durations, Numbers::durations);   \
    BENCHMARK_CAPTURE(function, prices, Numbers::prices);         \
    BENCHMARK_CAPTURE(function, ratios, Numbers::ratios);         \
    BENCHMARK_CAPTURE(function, millis, Numbers::millis);         \
    BENCHMARK_CAPTURE(function, all_digits, Numbers::all_digits); \
    BENCHMARK_CAPTURE(function, mixed, Numbers::mixed)

#define BENCHMARK_INTEGERS(function)          \
    BENCHMARK_CAPTURE(function, 16_bits, 16); \
    BENCHMARK_CAPTURE(function, 32_bits, 32); \
    BENCHMARK_CAPTURE(function, 63_bits, 63)

BENCHMARK_TEXTS(string_wideline);
BENCHMARK_TEXTS(string_memcpy);
BENCHMARK_NUMBERS(double_wideline);
BENCHMARK_NUMBERS(double_to_chars);
BENCHMARK_NUMBERS(double_fmt);
BENCHMARK_INTEGERS(integer_wideline);
BENCHMARK_INTEGERS(integer_to_chars);
BENCHMARK_INTEGERS(integer_fmt);
BENCHMARK(time_wideline);
BENCHMARK(uuid_wideline);

#ifdef WIDELINE_BENCH_HAS_RAPIDJSON

template <class Values, class Write>
void rapidjson_all(benchmark::State& state, const Values& values, Write write) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    std::size_t at = 0;
    for (auto _ : state) {
        buffer.Clear();
        writer.Reset(buffer);
        write(writer, values[at++ % kValues]);
        benchmark::DoNotOptimize(buffer.GetSize());
        benchmark::ClobberMemory();
    }
}

void string_rapidjson(benchmark::State& state, Texts kind) {
    rapidjson_all(state, texts(kind), [](auto& writer, const std::string& text) {
        writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
    });
}

void double_rapidjson(benchmark::State& state, Numbers kind) {
    rapidjson_all(state, numbers(kind), [](auto& writer, double value) { writer.Double(value); });
}

void line_rapidjson(benchmark::State& state) {
    const Keys keys;
    const std::vector<Line> values = lines();
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    const auto text = [&](const std::string& value) {
        writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
    };
    std::size_t at = 0;
    for (auto _ : state) {
        const Line& line = values[at++ % values.size()];
        auto key = keys.names.begin();
        buffer.Clear();
        writer.Reset(buffer);
        const auto next_key = [&] {
            writer.Key(key->data(), static_cast<rapidjson::SizeType>(key->size()));
            ++key;
        };
        writer.StartObject();
        for (const auto& value : line.strings) next_key(), text(value);
        for (const auto value : line.integers) next_key(), writer.Int64(value);
        for (const auto value : line.doubles) next_key(), writer.Double(value);
        for (const auto value : line.booleans) next_key(), writer.Bool(value);
        for (const auto& array : line.arrays) {
            next_key();
            writer.StartArray();
            for (const auto& item : array) text(item);
            writer.EndArray();
        }
        writer.EndObject();
        benchmark::DoNotOptimize(buffer.GetSize());
        benchmark::ClobberMemory();
    }
}

BENCHMARK(line_rapidjson);
BENCHMARK_TEXTS(string_rapidjson);
BENCHMARK_NUMBERS(double_rapidjson);

#endif

}  // namespace
