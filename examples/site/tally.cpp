#include "tally.hpp"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

namespace site {
namespace {

constexpr std::size_t kExamples = 5;

}  // namespace

void Tally::count(const RecordedRequest& request, const Answer& answer) {
    ++sent_;
    answered_ += answer.status != 0 ? 1 : 0;
    bytes_ += answer.bytes;
    ++statuses_[answer.status];
    if (!answer.failure.empty()) ++failures_[answer.failure];
    // The service's own rule: a failed step or a status of 5xx makes the request an error.
    if (!answer.failure.empty() || answer.status >= 500) ++errors_;

    if (answer.status == request.status && answer.bytes == request.bytes) return;
    ++mismatches_;
    if (examples_.size() < kExamples)
        examples_.push_back(fmt::format("{} {}: recorded {} with {} bytes, answered {} with {}{}{}", request.method,
                                        request.path.substr(0, 80), request.status, request.bytes, answer.status,
                                        answer.bytes, answer.connection.empty() ? "" : ": ", answer.connection));
}

void Tally::merge(const Tally& other) {
    sent_ += other.sent_;
    answered_ += other.answered_;
    bytes_ += other.bytes_;
    errors_ += other.errors_;
    mismatches_ += other.mismatches_;
    health_checks_ += other.health_checks_;
    for (const auto& [status, count] : other.statuses_) statuses_[status] += count;
    for (const auto& [failure, count] : other.failures_) failures_[failure] += count;
    for (const std::string& example : other.examples_)
        if (examples_.size() < kExamples) examples_.push_back(example);
}

std::string Tally::json(double seconds, int rounds, int clients) const {
    nlohmann::ordered_json statuses = nlohmann::ordered_json::object();
    for (const auto& [status, count] : statuses_) statuses[std::to_string(status)] = count;
    const nlohmann::ordered_json json{
        {"requests", sent_},  {"answered", answered_}, {"mismatches", mismatches_}, {"bytes", bytes_},
        {"errors", errors_},  {"failures", failures_}, {"statuses", statuses},      {"health_checks", health_checks_},
        {"seconds", seconds}, {"rounds", rounds},      {"clients", clients}};
    return json.dump(2);
}

}  // namespace site
