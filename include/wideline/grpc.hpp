// gRPC (1.51 or newer): one event for each RPC that a server answers, and one call (wl::Call) for each that a client
// makes. Link wideline::grpc. See docs/async.md.
//
//     builder.experimental().SetInterceptorCreators(wl::grpc::server_interceptors(true));
//
//     auto channel = grpc::experimental::CreateCustomChannelWithInterceptors(address, credentials, arguments,
//                                                                            wl::grpc::client_interceptors());
//
// A server's event is named after its service and method, `shop.Checkout/Pay`. It continues the caller's trace, and has
// the fields of OpenTelemetry's semantic conventions (https://opentelemetry.io/docs/specs/semconv/rpc/grpc/):
//
//     span.kind               server
//     rpc.system              grpc
//     rpc.service             shop.Checkout
//     rpc.method              Pay
//     rpc.grpc.status_code    0
//     server.address          the host that the client asked for, if gRPC tells
//     client.address          the peer's address without its port, if it has one
//     rpc.messages.received   how many messages came and went
//     rpc.messages.sent
//     rpc.bytes.sent          how many bytes those sent have in their serialized form, before compression
//
// The bytes received are not counted: an interceptor gets a received message as a pointer without its type.
//
// The outcome, as OpenTelemetry defines it for the spans of servers:
//
//     error       UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS. The name is error.type,
//                 the status's message error.message. A handler that called wl::fail itself keeps its own error
//     cancelled   CANCELLED, and each call that the client gave up before it got its status
//     success     all others, NOT_FOUND and PERMISSION_DENIED among them: the client asked for something it cannot
//     have.
//                 `Options::error_when` can make errors of them, by rpc.grpc.status_code
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/client_interceptor.h>
#include <grpcpp/support/server_interceptor.h>

#include <wideline/call.hpp>
#include <wideline/event.hpp>
#include <wideline/flow.hpp>
#include <wideline/request.hpp>

namespace wideline::grpc {

/// A status code as the protocol writes it: "DEADLINE_EXCEEDED".
[[nodiscard]] constexpr std::string_view name_of(::grpc::StatusCode code) noexcept {
    constexpr std::array<std::string_view, 17> kNames{
        "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
        "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
        "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
        "DATA_LOSS", "UNAUTHENTICATED"};
    const auto number = static_cast<std::size_t>(code);
    return number < kNames.size() ? kNames[number] : "UNKNOWN";
}

/// Whether a status is the server's own failure: see the table above.
[[nodiscard]] constexpr bool is_server_error(::grpc::StatusCode code) noexcept {
    switch (code) {
        case ::grpc::StatusCode::UNKNOWN:
        case ::grpc::StatusCode::DEADLINE_EXCEEDED:
        case ::grpc::StatusCode::UNIMPLEMENTED:
        case ::grpc::StatusCode::INTERNAL:
        case ::grpc::StatusCode::UNAVAILABLE:
        case ::grpc::StatusCode::DATA_LOSS:
            return true;
        default:
            return false;
    }
}

/// What flow_of() returns: a pointer to a flow, and a flow if one is asked for.
class FlowOfCall : public std::shared_ptr<Flow> {
public:
    explicit FlowOfCall(std::shared_ptr<Flow> flow) noexcept : std::shared_ptr<Flow>(std::move(flow)) {}
    operator Flow&() const noexcept { return **this; }  // NOLINT: for InFlow in{flow_of(context)}
};

namespace detail {

using ::grpc::experimental::InterceptionHookPoints;
using ::grpc::experimental::Interceptor;
using ::grpc::experimental::InterceptorBatchMethods;

/// "shop.Checkout/Pay" of "/shop.Checkout/Pay".
[[nodiscard]] inline std::string_view path_of(const char* method) noexcept {
    std::string_view path = method != nullptr ? method : "";
    if (path.starts_with('/')) path.remove_prefix(1);
    return path;
}

/// "10.0.0.7" of "10.0.0.7:5012", "::1" of "[::1]:5012".
[[nodiscard]] inline std::string_view host_of(std::string_view address) noexcept {
    if (address.starts_with('[')) return address.substr(1, address.find(']') - 1);
    return address.substr(0, address.rfind(':'));
}

/// The same of a peer as gRPC names it: "ipv4:10.0.0.7:5012", "ipv6:%5B::1%5D:5012". Empty if it has no address.
[[nodiscard]] inline std::string_view host_of_peer(std::string_view peer) noexcept {
    if (peer.starts_with("ipv4:")) return host_of(peer.substr(5));
    if (!peer.starts_with("ipv6:")) return {};
    peer.remove_prefix(5);
    if (!peer.starts_with("%5B")) return host_of(peer);
    peer.remove_prefix(3);
    return peer.substr(0, peer.find("%5D"));
}

template <class Metadata>
[[nodiscard]] std::string_view header(const Metadata& metadata, const char* name) {
    const auto at = metadata.find(name);
    return at == metadata.end() ? std::string_view() : std::string_view(at->second.data(), at->second.size());
}

/// An empty flow, for what no RPC is known of. It lives until the thread asks for the next one, or longer if it is
/// kept.
[[nodiscard]] inline std::shared_ptr<Flow> empty_flow() {
    thread_local std::shared_ptr<Flow> newest;
    return newest = std::make_shared<Flow>();
}

/// One RPC of a server. gRPC runs the hooks of different batches of one RPC side by side, so they only count. The event
/// is written when the RPC begins, before there is a second batch, and when it is over.
class ServedCall final : public Interceptor {
public:
    ServedCall(::grpc::experimental::ServerRpcInfo& info, bool synchronous);
    ~ServedCall() override;
    ServedCall(const ServedCall&) = delete;
    ServedCall& operator=(const ServedCall&) = delete;

    void Intercept(InterceptorBatchMethods* methods) override {
        using Hook = InterceptionHookPoints;
        const auto at = [methods](Hook hook) { return methods->QueryInterceptionHookPoint(hook); };
        if (at(Hook::POST_RECV_MESSAGE) && methods->GetRecvMessage() != nullptr) count(received_, 1);
        if (at(Hook::PRE_SEND_MESSAGE)) {
            count(sent_, 1);
            if (::grpc::ByteBuffer* const bytes = methods->GetSerializedSendMessage())
                count(sent_bytes_, bytes->Length());
        }
        if (at(Hook::PRE_SEND_STATUS)) {
            // gRPC tells a synchronous server that its client is gone only if it is asked. Then POST_RECV_CLOSE comes
            // now.
            if (is_in_handler()) static_cast<void>(context_->IsCancelled());
            status_ = methods->GetSendStatus();
            has_status_.store(true, std::memory_order_release);
        }
        if (at(Hook::POST_RECV_CLOSE)) close();
        if (!at(Hook::POST_RECV_INITIAL_METADATA)) return methods->Proceed();
        if (!synchronous_) {
            begin(*methods);
            return methods->Proceed();
        }
        // The handler runs within Proceed(), and so does the end of the RPC: this is gone when it returns.
        Flow flow;
        const InFlow in{flow};
        handler_flow_ = &flow;
        begin(*methods);
        methods->Proceed();
    }

    /// See flow_of().
    [[nodiscard]] std::shared_ptr<Flow> branch();

private:
    enum class GivenUp : std::uint8_t { no, cancelled, deadline };

    static void count(std::atomic<std::uint64_t>& counter, std::uint64_t more) noexcept {
        counter.fetch_add(more, std::memory_order_relaxed);
    }
    /// Whether this thread runs the synchronous handler, and is in no flow within it.
    [[nodiscard]] bool is_in_handler() const noexcept {
        return handler_flow_ != nullptr && Flow::inside() == handler_flow_;
    }
    /// Whether the context may be asked at any time. gRPC forbids that for completion queues.
    [[nodiscard]] static bool is_of_callback_api(const ::grpc::ServerContextBase* context) noexcept {
#ifdef __cpp_rtti
        return dynamic_cast<const ::grpc::CallbackServerContext*>(context) != nullptr;
#else
        static_cast<void>(context);
        return false;  // not known
#endif
    }
    void begin(InterceptorBatchMethods& methods);
    void close();
    void end();

    ::grpc::ServerContextBase* const context_;
    const char* const method_;
    const bool synchronous_;
    const bool is_of_callback_api_;
    std::chrono::system_clock::duration timeout_{};
    GivenUp given_up_ = GivenUp::no;
    std::atomic<bool> has_status_{false};
    std::atomic<std::uint64_t> received_{0};
    std::atomic<std::uint64_t> sent_{0};
    std::atomic<std::uint64_t> sent_bytes_{0};
    ::grpc::Status status_;
    std::optional<Request> request_;
    const Flow* handler_flow_ = nullptr;  // of a synchronous handler, as its thread
    std::thread::id handler_thread_;
    Handle handle_;  // of an asynchronous handler's request
    std::mutex mutex_;
    std::vector<std::shared_ptr<Flow>> branches_;
};

/// The RPCs that are under way, by the context that their handlers have. A context is looked for while its RPC is under
/// way only, so what was found stays.
class ServedCalls {
public:
    /// Never destroyed: threads of gRPC's may outlive main().
    [[nodiscard]] static ServedCalls& all() {
        static ServedCalls& calls = *new ServedCalls;
        return calls;
    }
    void add(const ::grpc::ServerContextBase* context, ServedCall& call) {
        Shard& shard = shard_of(context);
        const std::lock_guard lock(shard.mutex);
        shard.calls.insert_or_assign(context, &call);
    }
    void remove(const ::grpc::ServerContextBase* context) {
        Shard& shard = shard_of(context);
        const std::lock_guard lock(shard.mutex);
        shard.calls.erase(context);
    }
    [[nodiscard]] ServedCall* find(const ::grpc::ServerContextBase* context) {
        Shard& shard = shard_of(context);
        const std::lock_guard lock(shard.mutex);
        const auto at = shard.calls.find(context);
        return at == shard.calls.end() ? nullptr : at->second;
    }

private:
    struct alignas(64) Shard {
        std::mutex mutex;
        std::unordered_map<const ::grpc::ServerContextBase*, ServedCall*> calls;
    };
    /// Contexts are some hundred bytes each, so the bits above tell them apart.
    [[nodiscard]] Shard& shard_of(const ::grpc::ServerContextBase* context) noexcept {
        const auto address = reinterpret_cast<std::uintptr_t>(context);
        return shards_[(address >> 6 ^ address >> 12) % shards_.size()];
    }

    std::array<Shard, 32> shards_;
};

inline ServedCall::ServedCall(::grpc::experimental::ServerRpcInfo& info, bool synchronous)
    : context_(info.server_context()),
      method_(info.method()),
      synchronous_(synchronous),
      is_of_callback_api_(is_of_callback_api(context_)) {
    ServedCalls::all().add(context_, *this);
}

inline ServedCall::~ServedCall() {
    ServedCalls::all().remove(context_);
    if (request_) end();
}

inline void ServedCall::begin(InterceptorBatchMethods& methods) {
    Caller caller;
    if (const auto* const metadata = methods.GetRecvInitialMetadata())
        caller = {header(*metadata, "traceparent"), header(*metadata, "tracestate")};
    timeout_ = context_->deadline() - std::chrono::system_clock::now();
    const std::string_view path = path_of(method_);
    if (synchronous_) {
        handler_thread_ = std::this_thread::get_id();
        request_.emplace(path, caller);
    } else {
        request_.emplace(path, detached, caller);
        handle_ = request_->handle();
    }
    Event& event = request_->event();
    const std::size_t slash = std::min(path.rfind('/'), path.size());
    event.kind(Kind::server);
    event.set("rpc.system", "grpc");
    event.set("rpc.service", path.substr(0, slash));
    event.set("rpc.method", path.substr(std::min(slash + 1, path.size())));
    if (const ::grpc::string_ref asked = context_->ExperimentalGetAuthority(); !asked.empty())
        event.set("server.address", host_of({asked.data(), asked.size()}));
    const std::string peer = context_->peer();
    if (const std::string_view client = host_of_peer(peer); !client.empty()) event.set("client.address", client);
}

/// The client is gone: because it has its status, or without one.
inline void ServedCall::close() {
    using namespace std::chrono_literals;
    // A reaction to the cancellation may have sent a status before this.
    const bool given_up =
        !has_status_.load(std::memory_order_acquire) || (is_of_callback_api_ && context_->IsCancelled());
    if (!given_up) return;
    // A client whose deadline has passed cancels its call. It knows of that before the server does, as gRPC rounds
    // timeouts up by at most 1 %.
    const auto left = context_->deadline() - std::chrono::system_clock::now();
    given_up_ = left <= timeout_ / 100 + 5ms ? GivenUp::deadline : GivenUp::cancelled;
}

inline void ServedCall::end() {
    Event& event = request_->event();
    event.set("rpc.messages.received", received_.load(std::memory_order_relaxed));
    event.set("rpc.messages.sent", sent_.load(std::memory_order_relaxed));
    event.set("rpc.bytes.sent", sent_bytes_.load(std::memory_order_relaxed));
    ::grpc::StatusCode code = status_.error_code();
    std::string message = status_.error_message();
    if (given_up_ == GivenUp::cancelled) {
        code = ::grpc::StatusCode::CANCELLED;
        message = "the client gave the call up";
    } else if (given_up_ == GivenUp::deadline) {
        code = ::grpc::StatusCode::DEADLINE_EXCEEDED;
        message = "the client's deadline passed";
    }
    event.set("rpc.grpc.status_code", static_cast<int>(code));
    if (code == ::grpc::StatusCode::CANCELLED)
        event.cancel(message);
    else if (is_server_error(code))
        event.fail({.type = name_of(code), .message = message});
    request_.reset();
}

inline std::shared_ptr<Flow> ServedCall::branch() {
    if (synchronous_ && handler_thread_ != std::this_thread::get_id()) return empty_flow();
    const Handle handle = synchronous_ ? request_->handle() : handle_;
    const std::lock_guard lock(mutex_);
    std::erase_if(branches_, [](const std::shared_ptr<Flow>& branch) {
        const bool is_kept = std::shared_ptr<Flow>(branch).use_count() > 2;
        return !is_kept && !branch->is_entered();
    });
    return branches_.emplace_back(wideline::branch(handle));
}

class ServedCallFactory final : public ::grpc::experimental::ServerInterceptorFactoryInterface {
public:
    explicit ServedCallFactory(bool synchronous) noexcept : synchronous_(synchronous) {}
    Interceptor* CreateServerInterceptor(::grpc::experimental::ServerRpcInfo* info) override {
        return new ServedCall(*info, synchronous_);
    }

private:
    bool synchronous_;
};

/// One RPC of a client. Its hooks run one after the other, on any threads.
class MadeCall final : public Interceptor {
public:
    explicit MadeCall(const ::grpc::experimental::ClientRpcInfo& info) noexcept
        : request_(wideline::handle()), call_(runtime(path_of(info.method()))) {}
    /// Without a status it was given up, or never begun.
    ~MadeCall() override { call_.fail(name_of(::grpc::StatusCode::CANCELLED)); }
    MadeCall(const MadeCall&) = delete;
    MadeCall& operator=(const MadeCall&) = delete;

    void Intercept(InterceptorBatchMethods* methods) override {
        using Hook = InterceptionHookPoints;
        if (methods->QueryInterceptionHookPoint(Hook::PRE_SEND_INITIAL_METADATA)) {
            auto& metadata = *methods->GetSendInitialMetadata();
            replace(metadata, "traceparent", call_.traceparent());
            replace(metadata, "tracestate", call_.tracestate());
        }
        if (methods->QueryInterceptionHookPoint(Hook::POST_RECV_STATUS)) {
            const ::grpc::Status* const status = methods->GetRecvStatus();
            if (status != nullptr && !status->ok()) call_.fail(name_of(status->error_code()));
            call_.finish();
        }
        methods->Proceed();
    }

private:
    template <class Metadata>
    static void replace(Metadata& metadata, const char* name, std::string value) {
        if (value.empty()) return;
        metadata.erase(name);
        metadata.emplace(name, std::move(value));
    }

    Handle request_;  // so that the call may end on any thread
    Call call_;
};

class MadeCallFactory final : public ::grpc::experimental::ClientInterceptorFactoryInterface {
public:
    Interceptor* CreateClientInterceptor(::grpc::experimental::ClientRpcInfo* info) override {
        return new MadeCall(*info);
    }
};

}  // namespace detail

/// For ServerBuilder::experimental().SetInterceptorCreators(): each RPC of the server has an event, of the installed
/// recorder. It begins before the handler, and ends when the status is sent or the client is gone.
///
/// `synchronous`: the server's handlers are those of the synchronous API. A handler's request is then current on its
/// thread from its first line to its last, and in no other RPC. With the callback API or completion queues pass false:
/// handlers enter flow_of(context).
///
/// Other interceptors: put these first in the vector, as what comes first runs next to the handler. If one of yours
/// reads GetSendMessage() or needs POST_SEND_MESSAGE, put it before these: these count serialized bytes, and gRPC then
/// has neither for the interceptors that come later.
[[nodiscard]] inline std::vector<std::unique_ptr<::grpc::experimental::ServerInterceptorFactoryInterface>>
server_interceptors(bool synchronous) {
    std::vector<std::unique_ptr<::grpc::experimental::ServerInterceptorFactoryInterface>> all;
    all.push_back(std::make_unique<detail::ServedCallFactory>(synchronous));
    return all;
}

/// For grpc::experimental::CreateCustomChannelWithInterceptors(): each RPC of the channel is a wl::Call of the request
/// that is current where it is begun. It is named after its service and method, and sends traceparent and tracestate. A
/// status other than OK makes it an error of that name. It ends when its status arrives, on whichever thread; each
/// later write to the request costs some 10 ns more (see Handle).
[[nodiscard]] inline std::vector<std::unique_ptr<::grpc::experimental::ClientInterceptorFactoryInterface>>
client_interceptors() {
    std::vector<std::unique_ptr<::grpc::experimental::ClientInterceptorFactoryInterface>> all;
    all.push_back(std::make_unique<detail::MadeCallFactory>());
    return all;
}

/// A flow within the request of an RPC: `const wl::InFlow in{wl::grpc::flow_of(context)};`. Each call returns a new
/// one, as reactions of one RPC can run side by side. Keep the flow for code that goes on in it later. It lives until
/// the RPC ends, or longer if you keep it; one that nobody keeps or is in may go before.
///
/// `context` is the one that the handler was given, while its RPC is under way. In a synchronous server, call it on the
/// handler's own thread. Elsewhere, and for a context that no server with server_interceptors() made, the flow is
/// empty.
///
/// Threads: any. Two locks for an instant, one allocation; some 300 ns. Throws std::bad_alloc.
[[nodiscard]] inline FlowOfCall flow_of(const ::grpc::ServerContextBase* context) {
    detail::ServedCall* const call = detail::ServedCalls::all().find(context);
    return FlowOfCall(call != nullptr ? call->branch() : detail::empty_flow());
}

}  // namespace wideline::grpc
