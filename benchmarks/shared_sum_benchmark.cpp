// What an `add` costs in a request that threads share: each raises a sum of its own, in place. Beside it, the same in a
// request of one thread. `./dev bench shared_sum`, or build/bench/benchmarks/bench_shared_sum.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <optional>

#include <wideline/wideline.hpp>

namespace {

namespace wl = wideline;

class Sums : public benchmark::Fixture {
public:
    void SetUp(const benchmark::State& state) override {
        if (state.thread_index() != 0) return;
        recorder_.emplace(wl::install({.sampler = wl::TailSampler{}.otherwise(0)}));
        request_.emplace("sums");
        handle_ = request_->handle();
    }
    void TearDown(const benchmark::State& state) override {
        if (state.thread_index() != 0) return;
        request_.reset();
        recorder_.reset();
    }

protected:
    wl::Handle handle_;

private:
    std::optional<wl::Recorder> recorder_;
    std::optional<wl::Request> request_;
};

BENCHMARK_DEFINE_F(Sums, shared)(benchmark::State& state) {
    std::optional<wl::Attach> attach;
    for (auto _ : state) {
        if (!attach) [[unlikely]]
            attach.emplace(handle_);
        wl::add("rows", 1);
    }
}
BENCHMARK_REGISTER_F(Sums, shared)->ThreadRange(1, 4);

void alone(benchmark::State& state) {
    const wl::Recorder recorder = wl::install({.sampler = wl::TailSampler{}.otherwise(0)});
    const wl::Request request{"sums"};
    for (auto _ : state) wl::add("rows", 1);
}
BENCHMARK(alone);

}  // namespace
