#include "pipeline/checked_options.hpp"

#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include <fmt/format.h>
#include <wideline/detail/arena.hpp>
#include <wideline/key.hpp>
#include <wideline/sink.hpp>

namespace wideline::pipeline {
namespace {

using namespace std::chrono_literals;
using detail::is_stamped;
using detail::kMaxKeyBytes;
using detail::kMaxValueBytes;

constexpr std::size_t kLeastMemory = std::size_t{4} << 20;

[[noreturn]] void refuse(const std::string& sentence) { throw std::invalid_argument(sentence); }

}  // namespace

Options checked(Options options) {
    const Limits& limits = options.limits;
    if (options.memory < kLeastMemory)
        refuse(fmt::format("Options::memory is {} bytes; it must be at least {}", options.memory, kLeastMemory));
    if (limits.fields == 0 || limits.fields > 65536)
        refuse(fmt::format("Limits::fields is {}; it must be 1 to 65536", limits.fields));
    if (limits.string_bytes == 0 || limits.string_bytes > kMaxValueBytes)
        refuse(fmt::format("Limits::string_bytes is {}; it must be 1 to {}", limits.string_bytes, kMaxValueBytes));
    if (limits.event_bytes < 1024 || limits.event_bytes > (1U << 24))
        refuse(fmt::format("Limits::event_bytes is {}; it must be 1024 to {}", limits.event_bytes, 1U << 24));
    if (limits.depth == 0 || limits.depth > 64)
        refuse(fmt::format("Limits::depth is {}; it must be 1 to 64", limits.depth));
    if (limits.array_items == 0) refuse("Limits::array_items is 0; it must be at least 1");
    if (options.flush_interval < 1ms || options.flush_interval > 1h)
        refuse(
            fmt::format("Options::flush_interval is {} ms; it must be 1 ms to 1 hour", options.flush_interval.count()));
    if (options.shutdown_timeout < 0ms)
        refuse(fmt::format("Options::shutdown_timeout is {} ms; it must not be negative",
                           options.shutdown_timeout.count()));
    const RetainDropped& retain = options.retain_dropped;
    if (retain.bytes > options.memory / 4)
        refuse(fmt::format("Options::retain_dropped.bytes is {}; it must be at most a quarter of Options::memory, {}",
                           retain.bytes, options.memory / 4));
    if (!(retain.seconds > 0 && retain.seconds <= 3600))
        refuse(fmt::format("Options::retain_dropped.seconds is {}; it must be more than 0 and at most 3600",
                           retain.seconds));
    for (const auto& one : options.defaults) {
        const std::string& key = one.first;
        if (key.empty() || key.size() > kMaxKeyBytes)
            refuse(fmt::format("Options::defaults has the key \"{}\"; a key has 1 to {} bytes", key, kMaxKeyBytes));
        if (is_stamped(key))
            refuse(fmt::format("Options::defaults has the key \"{}\", which the library stamps itself", key));
        if (std::count_if(options.defaults.begin(), options.defaults.end(),
                          [&](const auto& other) { return other.first == key; }) > 1)
            refuse(fmt::format("Options::defaults has the key \"{}\" twice", key));
    }
    for (const SinkPtr& sink : options.sinks)
        if (sink == nullptr) refuse("Options::sinks holds a null pointer");
    if (options.sinks.empty()) options.sinks.push_back(stdout_sink());
    return options;
}

Service named(Service service) {
    if (service.instance.empty()) {
        char host[256] = "localhost";
        ::gethostname(host, sizeof host - 1);
        service.instance = fmt::format("{}:{}", host, ::getpid());
    }
    return service;
}

}  // namespace wideline::pipeline
