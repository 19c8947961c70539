#include "pipeline/exemplars.hpp"

#include <new>

namespace wideline::pipeline {

void Exemplars::note(std::span<const detail::OpenEvent* const> events, detail::RequestNames& names) noexcept {
    const std::lock_guard lock(mutex_);
    for (const detail::OpenEvent* const event : events) {
        const std::int64_t ns = event->fate().duration_ns;
        const std::size_t bound = duration_bound(static_cast<double>(ns));
        // Next to a bound it may be counted on the other side, where its duration would contradict the bucket.
        if (bound != duration_bound_of_bucket(detail::duration_bucket(ns))) continue;
        const std::uint32_t name = names.number(event->name());
        try {
            if (name >= of_name_.size()) of_name_.resize(name + 1);
        } catch (const std::bad_alloc&) {
            continue;
        }
        const detail::ArenaHeader& arena = *event->small_arena;
        of_name_[name][bound] = {arena.trace_id_high, arena.trace_id_low, ns, arena.start_us + ns / 1000};
    }
}

std::vector<ExemplarsOfName> Exemplars::all() const {
    const std::lock_guard lock(mutex_);
    return of_name_;
}

}  // namespace wideline::pipeline
