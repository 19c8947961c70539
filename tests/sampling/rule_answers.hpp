// What rules answer about a request, in a word: for tests that ask them many questions.
#pragma once

#include <concepts>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

#include "sampling/compiled_sampler.hpp"
#include "sampling/sample_request.hpp"

namespace wideline::testing {

inline sampling::Truth truth(const Condition& condition, const SampleRequest& request) {
    detail::WatchedKeys keys;
    sampling::Learned learned;
    const sampling::CompiledCondition compiled(condition, keys, learned);
    return compiled.evaluate(SampleEvent(request, keys).view());
}

inline bool holds(const Condition& condition, const SampleRequest& request) {
    return truth(condition, request) == sampling::Truth::yes;
}

inline sampling::Decision decide(const sampling::CompiledSampler& sampler, const SampleRequest& request) {
    return sampler.decide(SampleEvent(request, sampler.keys()).view());
}

/// A request with the field `x`.
inline SampleRequest with(SampleValue value) { return {.fields = {{"x", std::move(value)}}}; }
inline SampleValue integer(std::int64_t value) { return value; }
inline SampleValue text(const char* value) { return std::string(value); }

/// The sentence of the std::invalid_argument that `build` throws; empty if it throws nothing.
std::string refusal(const std::invocable auto& build) {
    try {
        static_cast<void>(build());
    } catch (const std::invalid_argument& refused) {
        return refused.what();
    }
    return {};
}

}  // namespace wideline::testing
