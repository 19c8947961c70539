#include "pipeline/watched_file.hpp"

#include <stdexcept>
#include <utility>

#include "config/config_file.hpp"

namespace wideline::pipeline {

namespace {

/// What cannot be read is as an empty file: that it is gone is said once too.
std::string text_of(const std::string& path) {
    auto text = config::read_text(path);
    return text.ok() ? std::move(text.value()) : std::string();
}

}  // namespace

WatchedFile::WatchedFile(std::string path) : path_(std::move(path)), used_(text_of(path_)), seen_(used_) {}

WatchedFile::Changed WatchedFile::look() {
    std::string text = text_of(path_);
    const bool settled = text == seen_;
    if (!settled) seen_ = std::move(text);
    if (!settled || seen_ == used_) return {};
    used_ = seen_;
    config::ConfigFile file = config::read_config(seen_);
    if (file.problems.empty()) return {std::move(file.sampler), std::move(file.redaction)};
    const config::Problem& first = file.problems.front();
    throw std::runtime_error(path_ + ":" + std::to_string(first.position.line) + ":" +
                             std::to_string(first.position.column) + ": " + first.sentence +
                             "; the rules stay as they were");
}

}  // namespace wideline::pipeline
