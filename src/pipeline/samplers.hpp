// A recorder's samplers: the one that new requests are opened with, and, after a reload, those before it.
//
// An event is decided by the sampler with whose keys it was opened, and a request may take days, so every sampler is
// kept until the recorder ends: some kilobytes for each reload. What is large, the traffic that adaptive rules have
// learned, is shared by all of them.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <wideline/options.hpp>

#include "event/open_event.hpp"
#include "sampling/compiled_sampler.hpp"

namespace wideline::pipeline {

/// Any number of threads.
class Samplers {
public:
    /// `learned_before`: what Learned::save() gave, or nothing. `shared_file`: see Learned.
    Samplers(const TailSampler& first, const Condition& error_when, std::string_view learned_before,
             std::string shared_file);

    [[nodiscard]] const sampling::CompiledSampler& newest() const noexcept {
        return *newest_.load(std::memory_order_acquire);
    }
    /// The one that decides this event. Some 1 ns.
    [[nodiscard]] static const sampling::CompiledSampler& of(const detail::OpenEvent& event) noexcept {
        return sampling::CompiledSampler::with(*event.watched_keys);
    }

    /// Made ready, but not yet the newest. Throws std::invalid_argument where there would be more rules than can be
    /// told apart, and std::bad_alloc.
    [[nodiscard]] std::unique_ptr<sampling::CompiledSampler> compile(const TailSampler& sampler) const;
    void make_newest(std::unique_ptr<sampling::CompiledSampler> sampler);

    [[nodiscard]] sampling::Learned& learned() const noexcept { return *learned_; }

private:
    const Condition error_when_;
    const std::shared_ptr<sampling::Learned> learned_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<sampling::CompiledSampler>> all_;
    std::atomic<const sampling::CompiledSampler*> newest_{nullptr};
};

}  // namespace wideline::pipeline
