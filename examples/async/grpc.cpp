// gRPC: a shop with the synchronous API, which asks a bank with the callback API. One line for each server and for the
// channel between them gives both their events, in one trace.
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>
#include <nlohmann/json.hpp>
#include <wideline/grpc.hpp>
#include <wideline/wideline.hpp>

#include "each_alone.hpp"
#include "shop.grpc.pb.h"

namespace wl = wideline;
using namespace std::chrono_literals;

namespace {

constexpr int kOrders = 200;

class Payment final : public grpc::ServerUnaryReactor {
public:
    Payment(grpc::CallbackServerContext* context, const shop::Order& order)
        : flow_(wl::grpc::flow_of(context)), id_(order.id()) {
        {
            const wl::InFlow in{*flow_};
            wl::set("id", id_);
            wl::append("steps", id_);
        }  // left before the alarm is set: it can go off at once, on another thread
        alarm_.Set(std::chrono::system_clock::now() + 100us * (id_ % 10), [this](bool) { pay(); });
    }
    void OnDone() override { delete this; }

private:
    void pay() {
        {
            const wl::InFlow in{*flow_};
            wl::append("steps", id_);
        }
        Finish(grpc::Status::OK);
    }

    std::shared_ptr<wl::Flow> flow_;
    std::int64_t id_;
    grpc::Alarm alarm_;
};

class Bank final : public shop::Checkout::CallbackService {
    grpc::ServerUnaryReactor* Pay(grpc::CallbackServerContext* context, const shop::Order* order,
                                  shop::Receipt*) override {
        return new Payment(context, *order);
    }
};

class Shop final : public shop::Checkout::Service {
public:
    explicit Shop(const std::shared_ptr<grpc::Channel>& bank) : bank_(shop::Checkout::NewStub(bank)) {}

private:
    grpc::Status Pay(grpc::ServerContext* context, const shop::Order* order, shop::Receipt* receipt) override {
        wl::set("id", order->id());
        wl::append("steps", order->id());
        const auto call = grpc::ClientContext::FromServerContext(*context);
        const grpc::Status status = bank_->Pay(call.get(), *order, receipt);
        wl::append("steps", order->id());
        return status;
    }

    std::unique_ptr<shop::Checkout::Stub> bank_;
};

struct Served {
    std::unique_ptr<grpc::Server> server;
    std::string address;
};

Served serve(grpc::Service& service, bool synchronous) {
    grpc::ServerBuilder builder;
    builder.experimental().SetInterceptorCreators(wl::grpc::server_interceptors(synchronous));
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service);
    auto server = builder.BuildAndStart();
    return {std::move(server), "127.0.0.1:" + std::to_string(port)};
}

std::shared_ptr<grpc::Channel> connect(const std::string& address) {
    return grpc::experimental::CreateCustomChannelWithInterceptors(address, grpc::InsecureChannelCredentials(), {},
                                                                   wl::grpc::client_interceptors());
}

/// From eight threads, which write no events of their own.
void order(const std::string& address) {
    const auto stub = shop::Checkout::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 8; ++thread)
        threads.emplace_back([&, thread] {
            for (int id = thread; id < kOrders; id += 8) {
                grpc::ClientContext context;
                shop::Order order;
                order.set_id(id);
                shop::Receipt receipt;
                stub->Pay(&context, order, &receipt);
            }
        });
}

}  // namespace

int main() {
    std::vector<nlohmann::json> events;
    {
        const wl::Recorder recorder = wl::install({.service = {.name = "shop"}, .sinks = {wl::memory_sink(&events)}});
        Bank bank;
        const Served bank_server = serve(bank, false);
        Shop shop(connect(bank_server.address));
        const Served shop_server = serve(shop, true);
        order(shop_server.address);
        shop_server.server->Shutdown();
        bank_server.server->Shutdown();
    }
    std::map<std::string, nlohmann::json> shops;  // by the span of their call
    std::vector<nlohmann::json> banks;
    for (const nlohmann::json& event : events) {
        if (event.contains("calls"))
            shops[event.at("calls").at(0).at("span_id")] = event;
        else
            banks.push_back(event);
    }
    bool right = shops.size() == kOrders && each_alone(banks, kOrders);
    for (const nlohmann::json& event : banks) {
        const nlohmann::json& shop = shops[event.at("parent_span_id")];
        right = right && shop.at("id") == event.at("id") && shop.at("trace_id") == event.at("trace_id") &&
                shop.at("name") == "shop.Checkout/Pay" && shop.at("rpc.grpc.status_code") == 0;
    }
    return right ? 0 : 1;
}
