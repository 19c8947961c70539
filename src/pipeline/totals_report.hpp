// What the threads' counts have grown by since a batch last told of them.
#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "redaction/redactor.hpp"
#include "request/request_counts.hpp"
#include "request/request_totals.hpp"

namespace wideline::pipeline {

/// One thread, the pipeline's. Memory: 16 bytes for each duration bucket of each name that has requests in it.
class TotalsReport {
public:
    using Lanes = std::span<const detail::RequestCounts* const>;

    TotalsReport(const detail::RequestNames& names, const detail::CountBlocks& blocks)
        : names_(names), blocks_(blocks) {}

    /// Names are told as this makes them; those that become the same are told as one.
    void redact_by(std::shared_ptr<const redaction::Redactor> redactor) noexcept { redactor_ = std::move(redactor); }

    [[nodiscard]] bool any_news(Lanes lanes) const noexcept;
    /// The names that have news, and the news. Throws std::bad_alloc.
    [[nodiscard]] std::vector<RequestTotals> news(Lanes lanes);
    /// The last news was told for good: the next is what comes after it.
    void told() noexcept;
    /// The last news goes nowhere.
    void forget_news() noexcept { seen_.clear(); }

private:
    /// Without durations.
    struct Sums {
        std::uint64_t requests = 0;
        std::uint64_t errors = 0;
    };
    [[nodiscard]] static Sums sums_of(std::uint32_t name, Lanes lanes) noexcept;
    [[nodiscard]] bool has_news(std::uint32_t name, Lanes lanes) const noexcept;
    [[nodiscard]] RequestTotals totals_of(std::uint32_t name, Lanes lanes);

    const detail::RequestNames& names_;
    const detail::CountBlocks& blocks_;
    std::shared_ptr<const redaction::Redactor> redactor_;
    struct Seen {
        std::uint32_t name;
        RequestTotals totals;
    };
    std::vector<RequestTotals> told_;  // by the name's number: all that batches have told of it
    std::vector<Seen> seen_;           // what the last news was made of
    std::vector<std::uint64_t> buckets_;
};

}  // namespace wideline::pipeline
