#include "pipeline/totals_report.hpp"

#include <algorithm>

#include "encoding/utf8.hpp"

namespace wideline::pipeline {

using detail::RequestCounts;
using detail::RequestNames;

TotalsReport::Sums TotalsReport::sums_of(std::uint32_t name, Lanes lanes) noexcept {
    Sums sums;
    for (const RequestCounts* const lane : lanes) {
        sums.requests += (*lane)[name].requests.get();
        sums.errors += (*lane)[name].errors.get();
    }
    return sums;
}

bool TotalsReport::has_news(std::uint32_t name, Lanes lanes) const noexcept {
    const Sums sums = sums_of(name, lanes);
    if (name >= told_.size()) return sums.requests != 0;
    return sums.requests != told_[name].requests || sums.errors != told_[name].errors;
}

bool TotalsReport::any_news(Lanes lanes) const noexcept {
    bool any = false;
    names_.for_each([&](std::uint32_t name) { any = any || has_news(name, lanes); });
    return any;
}

std::vector<RequestTotals> TotalsReport::news(Lanes lanes) {
    seen_.clear();
    std::vector<RequestTotals> news;
    names_.for_each([&](std::uint32_t name) {
        if (!has_news(name, lanes)) return;
        seen_.push_back({name, totals_of(name, lanes)});
        if (name >= told_.size()) told_.resize(name + 1);
        const RequestTotals one = detail::since(told_[name], seen_.back().totals);
        detail::add({&one, 1}, news);
    });
    return news;
}

void TotalsReport::told() noexcept {
    for (Seen& seen : seen_) told_[seen.name] = std::move(seen.totals);
    seen_.clear();
}

RequestTotals TotalsReport::totals_of(std::uint32_t name, Lanes lanes) {
    RequestTotals totals;
    if (name == RequestNames::kFurther) {
        totals.further_names = true;
    } else {
        std::uint64_t replaced = 0;
        const std::string_view shown = names_.name(name);
        totals.name = json_text::valid_utf8(redactor_ != nullptr ? redactor_->redacted(shown) : shown, replaced);
    }
    const Sums sums = sums_of(name, lanes);  // before the durations: those are there then
    totals.requests = sums.requests;
    totals.errors = sums.errors;
    buckets_.assign(detail::kDurationBuckets, 0);
    for (const RequestCounts* const lane : lanes) lane->add_durations(name, blocks_, buckets_.data());
    for (std::uint32_t bucket = 0; bucket < buckets_.size(); ++bucket)
        if (buckets_[bucket] != 0) totals.durations.push_back({bucket, buckets_[bucket]});
    return totals;
}

}  // namespace wideline::pipeline
