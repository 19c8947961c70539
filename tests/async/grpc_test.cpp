// <wideline/grpc.hpp> with real servers and clients, in each of gRPC's three APIs.
#include <wideline/grpc.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include <grpcpp/alarm.h>

#include "interleaved_requests.hpp"
#include "shop.grpc.pb.h"

namespace wl = wideline;
using namespace async_test;
using namespace std::chrono_literals;

namespace {

// --- three servers, the handlers of which write their order's id before and after each suspension

constexpr int kSteps = 4;

/// How many RPCs are under way.
struct UnderWay {
    UnderWay() {
        int before = most;
        for (const int with_this = ++now; before < with_this && !most.compare_exchange_weak(before, with_this);) {
        }
    }
    ~UnderWay() { --now; }
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;

    static inline std::atomic<int> now = 0;
    static inline std::atomic<int> most = 0;
    static inline std::atomic<int> closed = 0;
};

grpc::Status answer(const shop::Order& order, shop::Receipt& receipt) {
    if (order.text() == "broken") return {grpc::StatusCode::INTERNAL, "the till is broken"};
    if (order.text() == "missing") return {grpc::StatusCode::NOT_FOUND, "no such order"};
    if (order.text() == "throw") throw std::runtime_error("no stock");
    receipt.set_id(order.id());
    return grpc::Status::OK;
}

/// The last stretch of a handler.
grpc::Status charge(const shop::Order& order, shop::Receipt& receipt) {
    const wl::Request child{"charge"};
    wl::set("of", order.id());
    return answer(order, receipt);
}

class SynchronousShop final : public shop::Checkout::Service {
    grpc::Status Pay(grpc::ServerContext* context, const shop::Order* order, shop::Receipt* receipt) override {
        const UnderWay under_way;
        wl::set("id", order->id());
        for (int step = 0; step < kSteps; ++step) {
            wl::append("steps", order->id());
            std::this_thread::sleep_for(100us);
        }
        while (order->text() == "wait" && !context->IsCancelled()) std::this_thread::sleep_for(1ms);
        return charge(*order, *receipt);
    }
    grpc::Status Prices(grpc::ServerContext* context,
                        grpc::ServerReaderWriter<shop::Receipt, shop::Order>* stream) override {
        const auto beside = wl::grpc::flow_of(context);
        const std::jthread helper([&] {
            const wl::InFlow in{beside};
            wl::set("by.helper", true);
            wl::InFlow elsewhere{wl::grpc::flow_of(context)};  // not the handler's thread
            wl::set("by.stranger", true);
        });
        shop::Order order;
        shop::Receipt receipt;
        receipt.set_text(std::string(100, 'x'));
        while (stream->Read(&order)) {
            wl::add("read", 1);
            stream->Write(receipt);
            stream->Write(receipt);
        }
        return grpc::Status::OK;
    }
};

/// Threads that do pieces of work in the order in which they came.
class Workers {
public:
    explicit Workers(int threads) {
        for (int t = 0; t < threads; ++t) threads_.emplace_back([this](const std::stop_token& end) { run(end); });
    }
    void post(std::function<void()> work) {
        const std::lock_guard lock(mutex_);
        queue_.push_back(std::move(work));
        more_.notify_one();
    }

private:
    void run(const std::stop_token& end) {
        std::unique_lock lock(mutex_);
        while (more_.wait(lock, end, [&] { return !queue_.empty(); })) {
            const std::function<void()> work = std::move(queue_.front());
            queue_.pop_front();
            lock.unlock();
            work();
            if (!nothing_is_current()) std::terminate();
            lock.lock();
        }
    }

    std::mutex mutex_;
    std::condition_variable_any more_;
    std::deque<std::function<void()>> queue_;
    std::vector<std::jthread> threads_;
};

class ReactingShop final : public shop::Checkout::CallbackService {
public:
    explicit ReactingShop(int threads) : workers_(threads) {}

private:
    class Payment final : public grpc::ServerUnaryReactor {
    public:
        Payment(Workers& workers, grpc::CallbackServerContext* context, const shop::Order& order,
                shop::Receipt& receipt)
            : workers_(workers), flow_(wl::grpc::flow_of(context)), order_(order), receipt_(receipt) {
            const wl::InFlow in{wl::grpc::flow_of(context)};  // another one than the steps'
            wl::set("id", order_.id());
            if (order_.text() != "wait") workers_.post([this] { step(0); });
        }
        void OnDone() override { delete this; }
        void OnCancel() override {
            if (order_.text() == "wait") Finish(grpc::Status::OK);
        }

    private:
        void step(int number) {
            grpc::Status status;
            {
                const wl::InFlow in{*flow_};
                wl::append("steps", order_.id());
                if (number + 1 == kSteps) status = charge(order_, receipt_);
            }
            // Out of the flow: another thread can go on at once.
            if (number + 1 < kSteps)
                workers_.post([=, this] { step(number + 1); });
            else
                Finish(status);
        }

        UnderWay under_way_;
        Workers& workers_;
        std::shared_ptr<wl::Flow> flow_;
        const shop::Order& order_;
        shop::Receipt& receipt_;
    };

    /// Writes a receipt for each order as soon as it has been read, while the next one is read.
    class Stream final : public grpc::ServerBidiReactor<shop::Order, shop::Receipt> {
    public:
        explicit Stream(grpc::CallbackServerContext* context) : context_(context) { StartRead(&order_); }
        void OnReadDone(bool ok) override {
            const wl::InFlow in{wl::grpc::flow_of(context_)};
            if (!ok) return Finish(grpc::Status::OK);
            wl::add("read", 1);
            StartWrite(&receipt_);
        }
        void OnWriteDone(bool) override {
            const wl::InFlow in{*wl::grpc::flow_of(context_)};
            wl::add("written", 1);
            StartRead(&order_);
        }
        void OnDone() override { delete this; }

    private:
        grpc::CallbackServerContext* context_;
        shop::Order order_;
        shop::Receipt receipt_;
    };

    grpc::ServerUnaryReactor* Pay(grpc::CallbackServerContext* context, const shop::Order* order,
                                  shop::Receipt* receipt) override {
        return new Payment(workers_, context, *order, *receipt);
    }
    grpc::ServerBidiReactor<shop::Order, shop::Receipt>* Prices(grpc::CallbackServerContext* context) override {
        return new Stream(context);
    }

    Workers workers_;
};

/// One call of the API with completion queues. Waits for an order and makes the next call; each step is an alarm.
class QueuedPayment {
public:
    QueuedPayment(shop::Checkout::AsyncService& service, grpc::ServerCompletionQueue& queue)
        : service_(service), queue_(queue) {
        service.RequestPay(&context_, &order_, &responder_, &queue, &queue, this);
    }
    void proceed(bool ok) {
        if (!ok || step_ > kSteps) {
            delete this;
            return;
        }
        if (!flow_) {
            new QueuedPayment(service_, queue_);
            flow_ = wl::grpc::flow_of(&context_);
            under_way_.emplace();
            closed_ = UnderWay::closed;
        }
        if (order_.text() == "wait" && UnderWay::closed == closed_) {
            alarm_.Set(&queue_, std::chrono::system_clock::now() + 1ms, this);
            return;
        }
        if (step_++ == kSteps) {
            responder_.Finish(receipt_, in_flow([this] { return charge(order_, receipt_); }), this);
            return;
        }
        in_flow([this] {
            wl::set("id", order_.id());
            wl::append("steps", order_.id());
        });
        alarm_.Set(&queue_, std::chrono::system_clock::now(), this);
    }

private:
    /// Left before the next operation begins: another thread can go on at once.
    template <class Stretch>
    std::invoke_result_t<Stretch> in_flow(Stretch stretch) {
        const wl::InFlow in{*flow_};
        return stretch();
    }

    shop::Checkout::AsyncService& service_;
    grpc::ServerCompletionQueue& queue_;
    grpc::ServerContext context_;
    shop::Order order_;
    shop::Receipt receipt_;
    grpc::ServerAsyncResponseWriter<shop::Receipt> responder_{&context_};
    grpc::Alarm alarm_;
    std::shared_ptr<wl::Flow> flow_;
    std::optional<UnderWay> under_way_;
    int closed_ = 0;
    int step_ = 0;
};

// --- a server and its client

/// Counts RPCs before which something was still current on their thread, and those that were closed.
class LooksForLeftovers final : public grpc::experimental::ServerInterceptorFactoryInterface {
public:
    explicit LooksForLeftovers(std::atomic<int>& found) : found_(found) {}
    grpc::experimental::Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo*) override {
        class Look final : public grpc::experimental::Interceptor {
        public:
            explicit Look(std::atomic<int>& found) : found_(found) {}
            void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
                using Hook = grpc::experimental::InterceptionHookPoints;
                if (methods->QueryInterceptionHookPoint(Hook::POST_RECV_INITIAL_METADATA) && !nothing_is_current())
                    ++found_;
                if (methods->QueryInterceptionHookPoint(Hook::POST_RECV_CLOSE)) ++UnderWay::closed;
                methods->Proceed();
            }

        private:
            std::atomic<int>& found_;
        };
        return new Look(found_);
    }

private:
    std::atomic<int>& found_;
};

enum class Api { synchronous, callback, queue };

class Shop {
public:
    Shop(Api api, int threads) {
        grpc::ServerBuilder builder;
        int port = 0;
        builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
        if (api == Api::synchronous) builder.RegisterService(&synchronous_.emplace());
        if (api == Api::callback) builder.RegisterService(&reacting_.emplace(threads));
        if (api == Api::queue) {
            builder.RegisterService(&queued_);
            queue_ = builder.AddCompletionQueue();
        }
        auto interceptors = wl::grpc::server_interceptors(api == Api::synchronous);
        interceptors.push_back(std::make_unique<LooksForLeftovers>(leftovers_));
        builder.experimental().SetInterceptorCreators(std::move(interceptors));
        server_ = builder.BuildAndStart();
        if (queue_) {
            new QueuedPayment(queued_, *queue_);
            for (int t = 0; t < threads; ++t) threads_.emplace_back([this] { run_queue(); });
        }
        stub_ = shop::Checkout::NewStub(grpc::experimental::CreateCustomChannelWithInterceptors(
            "127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials(), {},
            wl::grpc::client_interceptors()));
    }
    ~Shop() {
        server_->Shutdown();
        if (queue_) queue_->Shutdown();
        threads_.clear();
    }
    Shop(const Shop&) = delete;
    Shop& operator=(const Shop&) = delete;

    [[nodiscard]] shop::Checkout::Stub& stub() { return *stub_; }
    [[nodiscard]] int leftovers() const { return leftovers_; }

private:
    void run_queue() {
        void* tag = nullptr;
        bool ok = false;
        while (queue_->Next(&tag, &ok)) {
            static_cast<QueuedPayment*>(tag)->proceed(ok);
            if (!nothing_is_current()) ++leftovers_;
        }
    }

    std::atomic<int> leftovers_ = 0;
    std::optional<SynchronousShop> synchronous_;
    std::optional<ReactingShop> reacting_;
    shop::Checkout::AsyncService queued_;
    std::unique_ptr<grpc::ServerCompletionQueue> queue_;
    std::unique_ptr<grpc::Server> server_;
    std::vector<std::jthread> threads_;
    std::unique_ptr<shop::Checkout::Stub> stub_;
};

/// A call that goes on while others do, in a request of its own.
struct Payment {
    wl::Request request{"client", wl::detached};
    wl::Handle handle = request.handle();
    grpc::ClientContext context;
    shop::Order order;
    shop::Receipt receipt;
};

/// All at once, from one thread. Returns how many receipts were right.
int pay(shop::Checkout::Stub& stub, int calls) {
    std::vector<Payment> payments(static_cast<std::size_t>(calls));
    std::latch done(calls);
    std::atomic<int> right = 0;
    for (int id = 0; id < calls; ++id) {
        Payment& payment = payments[static_cast<std::size_t>(id)];
        const wl::Attach attach{payment.handle};
        wl::set("client.id", id);
        payment.order.set_id(id);
        // It can be over before this thread has left the request.
        stub.async()->Pay(&payment.context, &payment.order, &payment.receipt, [&, id](const grpc::Status& status) {
            if (status.ok() && payment.receipt.id() == id) ++right;
            payment.request.finish();
            done.count_down();
        });
    }
    done.wait();
    return right;
}

grpc::Status pay_one(shop::Checkout::Stub& stub, const std::string& text, grpc::ClientContext& context) {
    const wl::Request request{"client " + text};
    shop::Order order;
    order.set_text(text);
    shop::Receipt receipt;
    return stub.Pay(&context, order, &receipt);
}

/// Once there are as many: the client has its answer before the server has ended the request.
std::vector<Json> wait_for_events(RecordedEvents& log, std::size_t count) {
    std::vector<Json> events = log.events();
    for (const auto until = std::chrono::steady_clock::now() + 60s;
         events.size() < count && std::chrono::steady_clock::now() < until; events = log.events())
        std::this_thread::sleep_for(1ms);
    return events;
}

Json served(RecordedEvents& log) {
    for (const auto until = std::chrono::steady_clock::now() + 60s; std::chrono::steady_clock::now() < until;) {
        for (const Json& event : log.events())
            if (event.at("name") == "shop.Checkout/Pay") return event;
        std::this_thread::sleep_for(1ms);
    }
    throw std::runtime_error("the RPC's event is missing");
}

}  // namespace

TEST_CASE(
    "RPCs that a server answers side by side each write to their own request, and continue their caller's trace") {
    const auto [api, threads] = GENERATE(table<Api, int>(
        {{Api::synchronous, 1}, {Api::callback, 1}, {Api::callback, 2}, {Api::queue, 1}, {Api::queue, 2}}));
    INFO("API " << static_cast<int>(api) << ", threads " << threads);
    auto log = RecordedEvents::installed();
    const wl::Stats before = log.stats();
    int leftovers = 0;
    UnderWay::most = 0;
    {
        Shop shop(api, threads);
        CHECK(pay(shop.stub(), kRequests) == kRequests);
        CHECK(wait_for_events(log, 3 * kRequests).size() == 3 * kRequests);
        leftovers = shop.leftovers();
    }
    std::map<std::string, Json> clients;  // by the span of their call
    std::map<int, Json> charges;
    std::vector<Json> payments;
    for (const Json& event : log.events()) {
        if (event.at("name") == "client") clients[event.at("calls").at(0).at("span_id")] = event;
        if (event.at("name") == "charge") charges[event.at("of")] = event;
        if (event.at("name") == "shop.Checkout/Pay") payments.push_back(event);
    }
    REQUIRE(payments.size() == kRequests);
    CHECK(clients.size() == kRequests);
    for (const Json& event : payments) {
        const int id = event.at("id");
        INFO("request " << id);
        CHECK(event.at("steps") == Json(std::vector<int>(kSteps, id)));
        CHECK(event.at("outcome") == "success");
        CHECK(event.at("rpc.system") == "grpc");
        CHECK(event.at("span.kind") == "server");
        CHECK(event.at("rpc.service") == "shop.Checkout");
        CHECK(event.at("rpc.method") == "Pay");
        CHECK(event.at("rpc.grpc.status_code") == 0);
        CHECK(event.at("rpc.messages.received") == 1);
        CHECK(event.at("rpc.messages.sent") == 1);
        CHECK(event.at("rpc.bytes.sent") == (id == 0 ? 0 : id < 128 ? 2 : 3));
        CHECK(event.at("server.address") == "127.0.0.1");
        CHECK(event.at("client.address") == "127.0.0.1");
        const Json& client = clients[event.at("parent_span_id")];
        REQUIRE(client.is_object());
        CHECK(client.at("client.id") == id);
        CHECK(client.at("trace_id") == event.at("trace_id"));
        CHECK(client.at("calls").at(0).at("name") == "shop.Checkout/Pay");
        CHECK(client.at("calls").at(0).at("outcome") == "success");
        CHECK(client.at("shop.Checkout/Pay.count") == 1);
        const Json& charge = charges[id];
        REQUIRE(charge.is_object());
        CHECK(charge.at("parent_span_id") == event.at("span_id"));
    }
    const wl::Stats stats = log.stats();
    CHECK(stats.in_flight == 0);
    CHECK(stats.started == 3 * kRequests);
    CHECK(stats.delivered == 3 * kRequests);
    CHECK(stats.late_writes == before.late_writes);
    CHECK(stats.orphan_writes == before.orphan_writes);
    CHECK(stats.interleaved == before.interleaved);
    CHECK(leftovers == 0);
    CHECK(UnderWay::most > 1);
    UNSCOPED_INFO(UnderWay::most);
    CHECK(nothing_is_current());
}

TEST_CASE("The weights of RPCs that were kept estimate all, and a caller is kept with what it called") {
    constexpr int kCalls = 1000;
    auto log = RecordedEvents::installed({.sampler = wl::TailSampler{}.otherwise(0.25)});
    {
        Shop shop(Api::queue, 2);
        CHECK(pay(shop.stub(), kCalls) == kCalls);
    }
    std::map<std::string, int> by_trace;
    double estimate = 0;
    for (const Json& event : log.events()) {
        ++by_trace[event.at("trace_id")];
        if (event.at("name") == "shop.Checkout/Pay") estimate += event.at("sample_weight").get<double>();
    }
    CHECK(std::abs(estimate - kCalls) < 250);  // four and a half standard errors
    for (const auto& [trace, events] : by_trace) CHECK(events == 3);
}

TEST_CASE("The status of an RPC is its outcome as OpenTelemetry defines it") {
    auto log = RecordedEvents::installed();
    Shop shop(GENERATE(Api::synchronous, Api::callback, Api::queue), 1);
    grpc::ClientContext context;
    SECTION("a failure of the server") {
        CHECK(pay_one(shop.stub(), "broken", context).error_code() == grpc::StatusCode::INTERNAL);
        const Json event = served(log);
        CHECK(event.at("outcome") == "error");
        CHECK(event.at("error.type") == "INTERNAL");
        CHECK(event.at("error.message") == "the till is broken");
        CHECK(event.at("rpc.grpc.status_code") == 13);
        CHECK(event.at("rpc.messages.sent") <= 1);
        CHECK(log.event("client broken").at("calls").at(0).at("error.type") == "INTERNAL");
        CHECK(log.event("client broken").at("outcome") == "success");
    }
    SECTION("a mistake of the client") {
        CHECK(pay_one(shop.stub(), "missing", context).error_code() == grpc::StatusCode::NOT_FOUND);
        const Json event = served(log);
        CHECK(event.at("outcome") == "success");
        CHECK(event.at("rpc.grpc.status_code") == 5);
        CHECK(log.event("client missing").at("calls").at(0).at("error.type") == "NOT_FOUND");
    }
    SECTION("cancelled by the client") {
        const std::jthread canceller([&] {
            while (UnderWay::now == 0) std::this_thread::sleep_for(1ms);
            context.TryCancel();
        });
        CHECK(pay_one(shop.stub(), "wait", context).error_code() == grpc::StatusCode::CANCELLED);
        const Json event = served(log);
        CHECK(event.at("outcome") == "cancelled");
        CHECK(event.at("rpc.grpc.status_code") == 1);
        CHECK(log.event("client wait").at("calls").at(0).at("error.type") == "CANCELLED");
    }
    SECTION("a deadline") {
        // A server that heard of the call too late takes it for cancelled: its deadline is later than the client's.
        int exceeded = 0;
        for (int tries = 1; tries < 50 && exceeded == 0; ++tries) {
            grpc::ClientContext impatient;
            impatient.set_deadline(std::chrono::system_clock::now() + 30ms * tries);
            CHECK(pay_one(shop.stub(), "wait", impatient).error_code() == grpc::StatusCode::DEADLINE_EXCEEDED);
            while (UnderWay::now > 0 || log.stats().in_flight > 0) std::this_thread::sleep_for(1ms);
            for (const Json& event : log.events()) {
                if (event.at("name") != "shop.Checkout/Pay") continue;
                const bool is_error = event.at("outcome") == "error";
                CHECK(event.at("outcome") == (is_error ? "error" : "cancelled"));
                CHECK(event.at("rpc.grpc.status_code") == (is_error ? 4 : 1));
                if (is_error) CHECK(event.at("error.type") == "DEADLINE_EXCEEDED");
                exceeded += is_error ? 1 : 0;
            }
        }
        CHECK(exceeded > 0);
    }
}

TEST_CASE("An RPC that failed is kept when nothing else is, one whose handler threw too") {
    auto log = RecordedEvents::installed({.sampler = wl::TailSampler{}.otherwise(0.0)});
    {
        Shop shop(Api::synchronous, 1);
        for (const char* text : {"", "broken", "throw"}) {
            grpc::ClientContext context;
            (void)pay_one(shop.stub(), text, context);
        }
        CHECK(shop.leftovers() == 0);
    }
    std::set<std::string> types;
    for (const Json& event : log.events())
        if (event.at("name") == "shop.Checkout/Pay") types.insert(event.at("error.type"));
    CHECK(types == std::set<std::string>{"INTERNAL", "UNKNOWN"});
}

TEST_CASE("The messages and bytes of a stream are counted, and its reactions write to its request") {
    const Api api = GENERATE(Api::synchronous, Api::callback);
    auto log = RecordedEvents::installed();
    const auto orphans = log.stats().orphan_writes;
    {
        Shop shop(api, 1);
        const wl::Request request{"client"};
        grpc::ClientContext context;
        const auto stream = shop.stub().Prices(&context);
        shop::Receipt receipt;
        for (int i = 0; i < 50; ++i) {
            CHECK(stream->Write({}));
            CHECK(stream->Read(&receipt));
            if (api == Api::synchronous) CHECK(stream->Read(&receipt));
        }
        stream->WritesDone();
        CHECK(stream->Finish().ok());
    }
    const Json event = log.event("shop.Checkout/Prices");
    CHECK(event.at("rpc.messages.received") == 50);
    CHECK(event.at("read") == 50);
    CHECK(event.at("outcome") == "success");
    if (api == Api::synchronous) {
        CHECK(event.at("rpc.messages.sent") == 100);
        CHECK(event.at("rpc.bytes.sent") == 100 * 102);
        CHECK(event.at("by.helper") == true);
        CHECK_FALSE(event.contains("by.stranger"));
        CHECK(log.stats().orphan_writes == orphans + 1);
    } else {
        CHECK(event.at("rpc.messages.sent") == 50);
        CHECK(event.at("written") == 50);
        CHECK(log.stats().orphan_writes == orphans);
    }
    CHECK(log.event("client").at("calls").at(0).at("name") == "shop.Checkout/Prices");
}

TEST_CASE("Servers and clients work without a recorder, and a handler that forgets its flow is seen") {
    {
        Shop shop(Api::callback, 1);
        CHECK(pay(shop.stub(), 10) == 10);
    }
    auto log = RecordedEvents::installed();
    const auto orphans = log.stats().orphan_writes;
    grpc::CallbackServerContext unknown;
    const auto flow = wl::grpc::flow_of(&unknown);
    {
        const wl::InFlow in{flow};
        wl::set("lost", true);
    }
    CHECK(log.stats().orphan_writes == orphans + 1);
}
