#include "cli/cost_cpu.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "cli/input.hpp"
#include "cli/output.hpp"
#include "cli/stat_groups.hpp"
#include "cli/table.hpp"
#include "encoding/printable.hpp"
#include "read/cpu_cost.hpp"

namespace wideline::cli {
namespace {

using read::CpuCost;
using read::CpuCostTally;

constexpr double kMicrosecondsOfMonth = 30 * 86'400e6;
constexpr double kMillisecondsOfHour = 3'600'000;

/// What an hour of one core and a gigabyte for a month cost, in whatever currency.
struct Prices {
    double cpu = 0;
    double disk = 0;
    [[nodiscard]] bool told() const noexcept { return cpu > 0 || disk > 0; }
};

/// `cpu=0.04,disk=0.1`.
Prices prices_of(const std::string& text) {
    Prices prices;
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(','), rest.size());
        const std::string_view part = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const std::size_t equals = std::min(part.find('='), part.size());
        const std::string_view name = part.substr(0, equals);
        const auto price = read::number_of(part.substr(std::min(equals + 1, part.size())));
        if ((name != "cpu" && name != "disk") || !price || *price < 0)
            throw std::invalid_argument(
                "--price takes what an hour of a core and a gigabyte for a month cost, as in "
                "cpu=0.04,disk=0.1, not \"" +
                text + "\"");
        (name == "cpu" ? prices.cpu : prices.disk) = *price;
    }
    return prices;
}

class Report {
public:
    Report(CpuCostTally& tally, const CostOptions& options, double file_bytes, bool of_selection)
        : total_(tally.total()),
          by_(options.by),
          prices_(prices_of(options.price)),
          file_bytes_(file_bytes),
          of_selection_(of_selection) {
        for (const auto& [key, cost] : tally.groups()) groups_.emplace_back(key, &cost);
        std::sort(groups_.begin(), groups_.end(), [](const auto& a, const auto& b) {
            const double of_a = a.second->cpu_ms.sum();
            const double of_b = b.second->cpu_ms.sum();
            return of_a != of_b ? of_a > of_b : a.first < b.first;
        });
        if (tally.span_us() > 0) months_ = kMicrosecondsOfMonth / tally.span_us();
    }

    [[nodiscard]] std::string for_programs() const {
        nlohmann::ordered_json json;
        json["by"] = by_;
        json["groups"] = nlohmann::ordered_json::array();
        for (const auto& [key, cost] : groups_) {
            nlohmann::ordered_json entry;
            say_key(entry, key);
            entry.update(as_json(*cost));
            json["groups"].push_back(std::move(entry));
        }
        json["total"] = as_json(total_);
        return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
    }

    [[nodiscard]] std::string for_people() const {
        std::vector<std::string> head = {
            printable(by_), "requests", "CPU ms", "95 %", "a request", "share", of_selection_ ? "as lines" : "on disk"};
        if (months_ != 0)
            head.insert(head.end(), {"CPU hours a month", of_selection_ ? "as lines a month" : "on disk a month"});
        if (months_ != 0 && prices_.told()) head.emplace_back("price a month");
        Table table(head);
        for (const auto& [key, cost] : groups_) table.add(row(label_of(key), *cost), cost->cpu_ms.sum());
        table.add_total(row("total", total_));
        std::string text = table.text();
        if (const double untimed = total_.requests.sum() - total_.timed_requests.sum(); untimed >= 0.5)
            text +=
                fmt::format("\n{} of the {} requests do not say what they cost: they ran without Options::cpu_time.\n",
                            with_thousands(untimed), with_thousands(total_.requests.sum()));
        return text;
    }

private:
    /// An event's part of the files is its part of the lines.
    [[nodiscard]] double stored(const CpuCost& cost) const {
        return total_.raw == 0 ? 0 : file_bytes_ * static_cast<double>(cost.raw) / static_cast<double>(total_.raw);
    }
    [[nodiscard]] double hours(const CpuCost& cost) const { return months_ * cost.cpu_ms.sum() / kMillisecondsOfHour; }
    [[nodiscard]] double price(const CpuCost& cost) const {
        return prices_.cpu * hours(cost) + prices_.disk * months_ * stored(cost) / 1e9;
    }
    [[nodiscard]] static double a_request(const CpuCost& cost) {
        return cost.timed_requests.sum() > 0 ? cost.cpu_ms.sum() / cost.timed_requests.sum() : 0;
    }
    [[nodiscard]] double share(const CpuCost& cost) const {
        return total_.cpu_ms.sum() > 0 ? cost.cpu_ms.sum() / total_.cpu_ms.sum() : 0;
    }

    [[nodiscard]] nlohmann::ordered_json as_json(const CpuCost& cost) const {
        nlohmann::ordered_json json = {{"requests", cost.requests.sum()},
                                       {"timed_requests", cost.timed_requests.sum()},
                                       {"cpu_ms", cost.cpu_ms.sum()},
                                       {"cpu_ms_low", cost.cpu_ms.low()},
                                       {"cpu_ms_high", cost.cpu_ms.high()},
                                       {"cpu_ms_per_request", a_request(cost)},
                                       {"cpu_share", share(cost)},
                                       {"kept", cost.kept},
                                       {"raw_bytes", cost.raw},
                                       {"file_bytes", stored(cost)}};
        if (months_ == 0) {
            json["month"] = nullptr;
            return json;
        }
        json["month"] = {{"cpu_hours", hours(cost)}, {"file_bytes", months_ * stored(cost)}};
        if (prices_.told()) json["month"]["price"] = price(cost);
        return json;
    }
    [[nodiscard]] std::vector<std::string> row(const std::string& label, const CpuCost& cost) const {
        std::vector<std::string> cells = {
            label,
            with_thousands(cost.requests.sum()),
            with_thousands(cost.cpu_ms.sum()),
            cost.cpu_ms.exact() ? "" : with_thousands(cost.cpu_ms.low()) + " to " + with_thousands(cost.cpu_ms.high()),
            fmt::format("{:.3f}", a_request(cost)),
            fmt::format("{:.1f} %", 100 * share(cost)),
            size_text(stored(cost))};
        if (months_ != 0) {
            cells.push_back(fmt::format("{:.1f}", hours(cost)));
            cells.push_back(size_text(months_ * stored(cost)));
            if (prices_.told()) cells.push_back(fmt::format("{:.2f}", price(cost)));
        }
        return cells;
    }

    const CpuCost& total_;
    const std::string by_;
    const Prices prices_;
    const double file_bytes_;
    const bool of_selection_;
    std::vector<std::pair<std::string, const CpuCost*>> groups_;
    double months_ = 0;  ///< How many times the span of these events is in a month; 0 if it has no length.
};

}  // namespace

ExitStatus cost_cpu(const CostOptions& options) {
    (void)prices_of(options.price);  // what is wrong with it is said before anything is read
    CpuCostTally tally(options.by);
    read::Selection selection(bounds_of(options.selection));
    Input input(options.paths);
    ExitStatus status = for_each_selected_line(input, selection, [&](std::string_view line) { tally.add_line(line); });
    if (tally.bad_lines() != 0) {
        complain(read::are_no_objects(tally.bad_lines()));
        status = worse(status, ExitStatus::nothing_or_problems);
    }
    if (tally.total().kept == 0) {
        if (status == ExitStatus::done) complain(nothing_there(selection));
        return worse(status, ExitStatus::nothing_or_problems);
    }
    if (tally.total().timed_requests.sum() <= 0) {
        complain("no event has cpu.time_ms: set Options::cpu_time in the service");
        return ExitStatus::nothing_or_problems;
    }
    status = with_losses(status, input);
    const double file_bytes = selection.takes_everything()
                                  ? static_cast<double>(input.bytes_read() - input.bytes_left_out())
                                  : static_cast<double>(tally.total().raw);
    const Report report(tally, options, file_bytes, !selection.takes_everything());
    Output output;
    output.write(options.json ? report.for_programs() : report.for_people());
    output.flush();
    return status;
}

}  // namespace wideline::cli
