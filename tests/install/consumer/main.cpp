// A user's program: it includes wideline from where it was installed, and links it.
#include <wideline/sink.hpp>

#include <cstdio>

namespace {

class CountingSink : public wideline::Sink {
public:
    void deliver(const wideline::Batch& batch) override { events_ += batch.events(); }
    [[nodiscard]] std::uint64_t events() const noexcept { return events_; }

private:
    std::uint64_t events_ = 0;
};

}  // namespace

int main() {
    CountingSink sink;
    sink.open({.name = "consumer", .version = "1", .environment = "test", .instance = "one"});
    sink.close();
    std::printf("%d events\n", static_cast<int>(sink.events()));
    return sink.events() == 0 ? 0 : 1;
}
