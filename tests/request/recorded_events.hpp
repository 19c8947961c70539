// A recorder whose events a test reads back, in the order in which they were delivered.
#pragma once

#include <wideline/wideline.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace request_test {

using Json = nlohmann::json;

class RecordedEvents {
public:
    /// Not installed: requests name `recorder()`.
    explicit RecordedEvents(wideline::Options options = {})
        : recorder_(std::make_unique<wideline::Recorder>(into(std::move(options), lines_))) {}

    [[nodiscard]] static RecordedEvents installed(wideline::Options options = {}) {
        return RecordedEvents(Installed{}, std::move(options));
    }

    [[nodiscard]] wideline::Recorder& recorder() { return *recorder_; }
    [[nodiscard]] wideline::Stats stats() const { return recorder_->stats(); }

    /// What was delivered so far, after a flush.
    [[nodiscard]] std::vector<Json> events() {
        if (!recorder_->flush(std::chrono::seconds(60))) throw std::runtime_error("the recorder does not deliver");
        return delivered();
    }
    /// The one event there must be.
    [[nodiscard]] Json event() {
        const std::vector<Json> all = events();
        if (all.size() != 1) throw std::runtime_error(std::to_string(all.size()) + " events where one was expected");
        return all.front();
    }
    [[nodiscard]] Json event(std::string_view name) {
        for (const Json& one : events())
            if (one.at("name") == name) return one;
        throw std::runtime_error("no event is named " + std::string(name));
    }

    /// Ends the recorder, then what it had delivered.
    [[nodiscard]] std::vector<Json> end() {
        recorder_.reset();
        return delivered();
    }

private:
    struct Lines {
        std::mutex mutex;
        std::string text;
    };
    struct Installed {};

    RecordedEvents(Installed, wideline::Options options)
        : recorder_(std::make_unique<wideline::Recorder>(wideline::install(into(std::move(options), lines_)))) {}

    static wideline::Options into(wideline::Options options, const std::shared_ptr<Lines>& lines) {
        options.sinks.push_back(wideline::callback_sink([lines](const wideline::Batch& batch) {
            const std::lock_guard lock(lines->mutex);
            lines->text += batch.json_lines();
        }));
        return options;
    }
    [[nodiscard]] std::vector<Json> delivered() const {
        const std::lock_guard lock(lines_->mutex);
        std::vector<Json> all;
        std::string_view rest = lines_->text;
        while (!rest.empty()) {
            const std::size_t end = rest.find('\n');
            all.push_back(Json::parse(rest.substr(0, end)));
            rest.remove_prefix(end + 1);
        }
        return all;
    }

    std::shared_ptr<Lines> lines_ = std::make_shared<Lines>();
    std::unique_ptr<wideline::Recorder> recorder_;
};

}  // namespace request_test
