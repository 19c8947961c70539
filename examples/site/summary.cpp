// site_summary: what the events say about the run, beside what the client saw.
//
//   wideline cat LOGS | site_summary TRUTH_FILE STATS_FILE COMPRESSED_BYTES
//
// Reads the kept events as JSON lines. Every estimate, and the interval that `wideline stats` gives it, comes from them
// and their weights alone; the truth that it stands beside was counted by the client, and the requests sampled away by
// the service's recorder.

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "read/estimate.hpp"
#include "readable.hpp"

namespace {

using nlohmann::json;
using site::grouped;
using site::readable_bytes;
using wideline::read::Estimate;

struct Rule {
    std::uint64_t kept = 0;
    std::uint64_t sampled_away = 0;
    double stands_for = 0;
};

struct Kept {
    std::uint64_t events = 0;
    std::uint64_t errors = 0;
    std::uint64_t fields = 0;
    std::uint64_t raw_bytes = 0;
    double raw_bytes_of_all = 0;  ///< estimated: had every request been kept
    Estimate requests;
    Estimate body_bytes;
    std::map<std::string, Rule> rules;
};

Kept read_events(std::istream& lines) {
    Kept kept;
    for (std::string line; std::getline(lines, line);) {
        const json event = json::parse(line);
        const double weight = event.at("sample_weight");
        const double line_bytes = static_cast<double>(line.size() + 1);
        ++kept.events;
        kept.errors += event.at("outcome") == "success" ? 0 : 1;
        kept.fields += event.size();
        kept.raw_bytes += line.size() + 1;
        kept.raw_bytes_of_all += line_bytes * weight;
        kept.requests.add(1, weight);
        kept.body_bytes.add(event.value("http.response.body.size", 0.0), weight);
        Rule& rule = kept.rules[event.at("sample_rule")];
        ++rule.kept;
        rule.stands_for += weight;
    }
    return kept;
}

json read_json(const std::string& path) {
    std::ifstream file{path};
    if (!file) throw std::runtime_error{fmt::format("{}: cannot be opened", path)};
    return json::parse(file);
}

std::string rounded(double number) { return grouped(static_cast<std::uint64_t>(std::llround(number))); }

void print_requests(const json& truth) {
    const double requests = truth.at("requests");
    const double seconds = truth.at("seconds");
    fmt::print("\n  Requests   {} over {} connections in {:.1f} s: {} a second\n", rounded(requests),
               truth.at("clients").get<int>(), seconds, rounded(requests / seconds));
    const std::uint64_t mismatches = truth.at("mismatches");
    if (mismatches == 0)
        fmt::print("             every answer had the status and the size of the record\n");
    else
        fmt::print("             {} answers were unlike the record\n", grouped(mismatches));
}

void print_rules(std::map<std::string, Rule> rules, const json& stats) {
    for (const auto& [name, requests] : stats.at("sampled_away_by_rule").items())
        if (requests > 0) rules[name].sampled_away = requests;
    std::vector<std::pair<std::string, Rule>> rows{rules.begin(), rules.end()};
    // What is kept whole comes first, what nobody kept last; errors before all.
    std::ranges::sort(rows, {}, [](const auto& row) {
        const double all = static_cast<double>(row.second.kept + row.second.sampled_away);
        return std::pair{row.first != "error", -static_cast<double>(row.second.kept) / all};
    });
    fmt::print("\n  {:<18}{:>14}{:>14}{:>14}{:>14}\n", "Sampling rule", "requests", "kept", "sampled away",
               "stand for");
    Rule sum;
    const auto print_row = [](const std::string& name, const Rule& rule) {
        fmt::print("    {:<16}{:>14}{:>14}{:>14}{:>14}\n", name, grouped(rule.kept + rule.sampled_away),
                   grouped(rule.kept), grouped(rule.sampled_away), rounded(rule.stands_for));
    };
    for (const auto& [name, rule] : rows) {
        print_row(name, rule);
        sum.kept += rule.kept;
        sum.sampled_away += rule.sampled_away;
        sum.stands_for += rule.stands_for;
    }
    print_row("all", sum);
}

std::string difference(double estimated, double truth) {
    if (truth <= 0) return estimated <= 0 ? "none" : "-";
    const double percent = (estimated - truth) / truth * 100;
    return std::abs(percent) < 0.005 ? "none" : fmt::format("{:+.2f} %", percent);
}

void print_estimates(const Kept& kept, const json& truth) {
    const double requests = truth.at("requests");
    const double bytes = truth.at("bytes");
    const double errors = truth.at("errors");
    constexpr auto kRow = "    {:<16}{:>14}{:>24}{:>14}{:>14}\n";
    fmt::print("\n  {:<18}{:>14}{:>24}{:>14}{:>14}\n", "From kept events", "estimate", "95 % interval", "truth",
               "difference");
    const auto print_estimate = [&](std::string_view what, const Estimate& estimate, double truth_of_it,
                                    const auto& readable) {
        fmt::print(kRow, what, readable(estimate.sum()), readable(estimate.low()) + " to " + readable(estimate.high()),
                   readable(truth_of_it), difference(estimate.sum(), truth_of_it));
    };
    print_estimate("requests", kept.requests, requests, rounded);
    print_estimate("bytes served", kept.body_bytes, bytes, readable_bytes);
    fmt::print(kRow, "errors", grouped(kept.errors), "all kept", rounded(errors),
               difference(static_cast<double>(kept.errors), errors));
}

/// What the recorder counted as delivered must be in the files, and what it lost is said.
bool print_losses(const Kept& kept, const json& stats) {
    const std::uint64_t lost = stats.at("lost");
    const std::uint64_t delivered = stats.at("delivered");
    if (lost > 0)
        fmt::print("\n  Lost       {} kept events were not written: {}\n", grouped(lost),
                   stats.at("last_error").get<std::string>());
    if (delivered != kept.events)
        fmt::print("\n  Wrong      the recorder delivered {} events, but the files hold {}\n", grouped(delivered),
                   grouped(kept.events));
    return lost == 0 && delivered == kept.events;
}

void print_sizes(const Kept& kept, double compressed) {
    const double raw = static_cast<double>(kept.raw_bytes);
    fmt::print("\n  On disk    {} events of {} fields: {} of JSON lines, in {} compressed ({:.1f} to 1)\n",
               grouped(kept.events), kept.events == 0 ? 0 : kept.fields / kept.events, readable_bytes(raw),
               readable_bytes(compressed), raw / std::max(compressed, 1.0));
    fmt::print("             all requests, unsampled and uncompressed, would be about {}\n",
               readable_bytes(kept.raw_bytes_of_all));
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) {
        fmt::print(stderr, "usage: wideline cat LOGS | site_summary TRUTH_FILE STATS_FILE COMPRESSED_BYTES\n");
        return 2;
    }
    try {
        std::ios::sync_with_stdio(false);
        const json truth = read_json(arguments[1]);
        const json stats = read_json(arguments[2]);
        const Kept kept = read_events(std::cin);
        print_requests(truth);
        print_rules(kept.rules, stats);
        print_estimates(kept, truth);
        const bool complete = print_losses(kept, stats);
        print_sizes(kept, std::stod(arguments[3]));
        return complete ? 0 : 1;
    } catch (const std::exception& error) {
        fmt::print(stderr, "site_summary: {}\n", error.what());
        return 1;
    }
}
