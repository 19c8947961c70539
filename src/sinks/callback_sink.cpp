#include <stdexcept>
#include <utility>

#include <wideline/sink.hpp>

namespace wideline {
namespace {

class CallbackSink final : public Sink {
public:
    explicit CallbackSink(std::function<void(const Batch&)> deliver) : deliver_(std::move(deliver)) {}
    void deliver(const Batch& batch) override { deliver_(batch); }
    [[nodiscard]] SinkPtr for_child() const override { return std::make_shared<CallbackSink>(deliver_); }

private:
    std::function<void(const Batch&)> deliver_;
};

}  // namespace

SinkPtr callback_sink(std::function<void(const Batch&)> deliver) {
    if (!deliver) throw std::invalid_argument("callback_sink: the function is empty");
    return std::make_shared<CallbackSink>(std::move(deliver));
}

}  // namespace wideline
