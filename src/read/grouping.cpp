#include "read/grouping.hpp"

#include "encoding/json_time.hpp"
#include "read/reserved_field.hpp"

namespace wideline::read {

std::string_view Grouping::key_of(JsonText value) {
    if (!span_) return value;
    const auto time = time_of(value);
    return time ? key_at(*time) : std::string_view();
}

std::string_view Grouping::key_at(std::chrono::sys_time<std::chrono::microseconds> moment) {
    const std::int64_t at = moment.time_since_epoch().count();
    const std::int64_t past = at % span_->count();
    const std::int64_t begin = at - (past < 0 ? past + span_->count() : past);
    if (!json_text::is_writable_time(begin)) return {};
    constexpr std::size_t kSeconds = sizeof "\"2026-11-23T22:00:00" - 1;
    key_.resize(json_text::kTimeBound);
    json_text::write_time(key_.data(), begin);
    key_.replace(kSeconds, std::string::npos, "Z\"");
    return key_;
}

std::optional<std::chrono::sys_time<std::chrono::microseconds>> beginning_of_span(std::string_view key) {
    return time_of(key);
}

}  // namespace wideline::read
