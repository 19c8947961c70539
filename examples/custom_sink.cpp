// A sink of one's own: it counts what passes, and rings a bell for errors. One function has to be written.
#include <cstdint>
#include <iostream>
#include <memory>
#include <utility>

#include <wideline/wideline.hpp>

namespace wl = wideline;

namespace {

class ErrorBell final : public wl::Sink {
public:
    // Called on the recorder's own thread, one batch at a time, so no lock is needed. The batch's bytes live until this
    // returns.
    void deliver(const wl::Batch& batch) override {
        events_ += batch.events();
        errors_ += batch.errors();
        if (batch.errors() > 0) std::cout << "ding: " << batch.errors() << " failed\n";
    }

    // Called once, after the last batch.
    void close() override { std::cout << events_ << " events, " << errors_ << " of them errors\n"; }

private:
    std::uint64_t events_ = 0;
    std::uint64_t errors_ = 0;
};

void handle(int number) {
    WIDELINE_REQUEST("handle");
    wl::set("number", number);
    if (number == 7) wl::fail({.type = "unlucky", .message = "seven is not served here"});
}

}  // namespace

int main() {
    wl::Recorder recorder = wl::install({.service = {.name = "bells"}, .sinks = {std::make_shared<ErrorBell>()}});
    for (int number = 0; number < 10; ++number) handle(number);
}
