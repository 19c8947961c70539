// What the client saw: the truth that the service's events are held against.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "recorded_traffic.hpp"

namespace site {

/// How one request was answered.
struct Answer {
    int status = 0;           ///< 0 where none came
    std::uint64_t bytes = 0;  ///< of the body, counted as they arrived
    std::string failure;      ///< what the service said went wrong inside it, empty where nothing did
    std::string connection;   ///< why no answer came, empty where one did
};

class Tally {
public:
    void count(const RecordedRequest& request, const Answer& answer);
    void count_health_check() { ++health_checks_; }
    void merge(const Tally& other);

    [[nodiscard]] std::uint64_t sent() const noexcept { return sent_; }
    [[nodiscard]] std::uint64_t mismatches() const noexcept { return mismatches_; }
    /// A few answers that were unlike the record, a sentence each.
    [[nodiscard]] const std::vector<std::string>& examples() const noexcept { return examples_; }
    /// Everything, as a JSON object.
    [[nodiscard]] std::string json(double seconds, int rounds, int clients) const;

private:
    std::uint64_t sent_ = 0;
    std::uint64_t answered_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t errors_ = 0;
    std::uint64_t mismatches_ = 0;
    std::uint64_t health_checks_ = 0;
    std::map<int, std::uint64_t> statuses_;
    std::map<std::string, std::uint64_t> failures_;
    std::vector<std::string> examples_;
};

}  // namespace site
