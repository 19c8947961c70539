#include "pipeline/samplers.hpp"

namespace wideline::pipeline {

namespace {

std::shared_ptr<sampling::Learned> learned_from(std::string_view before, std::string shared_file) {
    auto learned = std::make_shared<sampling::Learned>(std::move(shared_file));
    if (!before.empty()) learned->restore(before);
    return learned;
}

}  // namespace

Samplers::Samplers(const TailSampler& first, const Condition& error_when, std::string_view learned_before,
                   std::string shared_file)
    : error_when_(error_when), learned_(learned_from(learned_before, std::move(shared_file))) {
    make_newest(compile(first));
}

std::unique_ptr<sampling::CompiledSampler> Samplers::compile(const TailSampler& sampler) const {
    return std::make_unique<sampling::CompiledSampler>(sampler, error_when_, learned_);
}

void Samplers::make_newest(std::unique_ptr<sampling::CompiledSampler> sampler) {
    const std::lock_guard lock(mutex_);
    all_.push_back(std::move(sampler));
    newest_.store(all_.back().get(), std::memory_order_release);
}

}  // namespace wideline::pipeline
