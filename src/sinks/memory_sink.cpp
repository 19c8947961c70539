#include <stdexcept>

#include <nlohmann/json.hpp>

#include <wideline/sink.hpp>

#include "sinks/lines.hpp"

namespace wideline {
namespace {

template <class Item, class Convert>
class MemorySink final : public Sink {
public:
    MemorySink(std::vector<Item>* to, Convert convert) : to_(to), convert_(convert) {
        if (to == nullptr) throw std::invalid_argument("memory_sink: the vector is null");
    }
    void deliver(const Batch& batch) override {
        for_each_line(batch.json_lines(), [this](std::string_view line) { to_->push_back(convert_(line)); });
    }
    [[nodiscard]] SinkPtr for_child() const override { return std::make_shared<MemorySink>(to_, convert_); }

private:
    std::vector<Item>* to_;
    Convert convert_;
};

template <class Item, class Convert>
SinkPtr sink_into(std::vector<Item>* to, Convert convert) {
    return std::make_shared<MemorySink<Item, Convert>>(to, convert);
}

}  // namespace

SinkPtr memory_sink(std::vector<std::string>* lines) {
    return sink_into(lines, [](std::string_view line) { return std::string(line); });
}

SinkPtr memory_sink(std::vector<nlohmann::json>* events) {
    return sink_into(events, [](std::string_view line) { return nlohmann::json::parse(line); });
}

}  // namespace wideline
