#include <wideline/recorder.hpp>

#include <memory>
#include <stdexcept>
#include <utility>

#include "pipeline/running_recorder.hpp"

namespace wideline {

namespace detail {

RecorderCore* RecorderCore::of(const Recorder& recorder) noexcept { return RunningRecorder::of(recorder); }

}  // namespace detail

Recorder::Recorder(Options options) : core_(new detail::RunningRecorder(std::move(options))) {}

Recorder::~Recorder() {
    if (core_ != nullptr) core_->stop();
}

Recorder::Recorder(Recorder&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}

Recorder& Recorder::operator=(Recorder&& other) noexcept {
    if (this == &other) return *this;
    if (core_ != nullptr) core_->stop();
    core_ = std::exchange(other.core_, nullptr);
    return *this;
}

bool Recorder::flush(std::chrono::nanoseconds timeout) noexcept { return core_ == nullptr || core_->flush(timeout); }

bool Recorder::poll(std::chrono::nanoseconds budget) noexcept { return core_ != nullptr && core_->poll(budget); }

void Recorder::close() noexcept {
    if (core_ != nullptr) core_->stop();
}

bool Recorder::reload(const TailSampler& sampler) noexcept { return core_ != nullptr && core_->reload(sampler); }

Stats Recorder::stats() const { return core_ == nullptr ? Stats{} : core_->stats(); }

std::string Recorder::metrics() const { return core_ == nullptr ? "# EOF\n" : core_->metrics(); }

std::string metrics() {
    detail::RecorderCore* const core = detail::RecorderCore::installed();
    return core == nullptr ? std::string() : static_cast<detail::RunningRecorder*>(core)->metrics();
}

Recorder install(Options options) {
    constexpr const char* kTwice = "wideline::install: a recorder is installed already; one process has one";
    const detail::RecorderCore* const there = detail::RecorderCore::installed_in_process();
    if (there != nullptr && !there->disowned()) throw std::logic_error(kTwice);
    Recorder recorder{std::move(options)};
    if (!recorder.core_->install()) throw std::logic_error(kTwice);
    recorder.core_->say_copies();
    return recorder;
}

Recorder install_here(Options options) {
    if (detail::RecorderCore::has_thread_its_own())
        throw std::logic_error("wideline::install_here: this thread has a recorder already");
    Recorder recorder{std::move(options)};
    recorder.core_->install_here();
    return recorder;
}

}  // namespace wideline
