// What an event costs a server of gRPC, and a call its client: an RPC over one connection on the loopback. Server and
// client have threads of their own, so the time is the clock's.
#include <benchmark/benchmark.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>

#include <grpcpp/grpcpp.h>
#include <wideline/grpc.hpp>
#include <wideline/wideline.hpp>

#include "shop.grpc.pb.h"

namespace {

namespace wl = wideline;

enum class Event { none, of_server, of_both };

class SynchronousShop final : public shop::Checkout::Service {
    grpc::Status Pay(grpc::ServerContext*, const shop::Order* order, shop::Receipt* receipt) override {
        receipt->set_id(order->id());
        return grpc::Status::OK;
    }
};

template <Event event>
class ReactingShop final : public shop::Checkout::CallbackService {
    grpc::ServerUnaryReactor* Pay(grpc::CallbackServerContext* context, const shop::Order* order,
                                  shop::Receipt* receipt) override {
        if constexpr (event != Event::none) {
            const wl::InFlow in{wl::grpc::flow_of(context)};
            wl::set("id", order->id());
        }
        receipt->set_id(order->id());
        grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
        reactor->Finish(grpc::Status::OK);
        return reactor;
    }
};

template <class Shop, Event event>
void pay(benchmark::State& state) {
    const wl::Recorder recorder = wl::install(
        {.sampler = wl::TailSampler{}.otherwise(0.0), .sinks = {wl::callback_sink([](const wl::Batch&) {})}});
    Shop shop;
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&shop);
    if constexpr (event != Event::none)
        builder.experimental().SetInterceptorCreators(
            wl::grpc::server_interceptors(std::is_same_v<Shop, SynchronousShop>));
    const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
    const std::string address = "127.0.0.1:" + std::to_string(port);
    const auto channel = event == Event::of_both
                             ? grpc::experimental::CreateCustomChannelWithInterceptors(
                                   address, grpc::InsecureChannelCredentials(), {}, wl::grpc::client_interceptors())
                             : grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
    const auto stub = shop::Checkout::NewStub(channel);
    shop::Order order;
    order.set_id(7);
    shop::Receipt receipt;
    for (auto _ : state) {
        const auto begin = std::chrono::steady_clock::now();
        std::optional<wl::Request> request;
        if constexpr (event == Event::of_both) request.emplace("client");
        grpc::ClientContext context;
        benchmark::DoNotOptimize(stub->Pay(&context, order, &receipt));
        request.reset();
        state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    }
    server->Shutdown();
}

}  // namespace

BENCHMARK(pay<SynchronousShop, Event::none>)->Name("grpc_synchronous/alone")->UseManualTime();
BENCHMARK(pay<SynchronousShop, Event::of_server>)->Name("grpc_synchronous/wideline")->UseManualTime();
BENCHMARK(pay<SynchronousShop, Event::of_both>)->Name("grpc_synchronous/wideline, client too")->UseManualTime();
BENCHMARK(pay<ReactingShop<Event::none>, Event::none>)->Name("grpc_callback/alone")->UseManualTime();
BENCHMARK(pay<ReactingShop<Event::of_server>, Event::of_server>)->Name("grpc_callback/wideline")->UseManualTime();
