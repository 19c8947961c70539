// Boost.Asio and standalone Asio: an executor that carries a Flow, so that a coroutine or a chain of handlers reads
// like synchronous code. See docs/async.md.
//
// Which Asio: the standalone one if ASIO_STANDALONE is defined or Boost.Asio is not installed, else Boost.Asio (1.74 or
// newer). Standalone Asio defines ASIO_STANDALONE itself, so include it before this header if both are installed.
#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <typeinfo>
#include <utility>

#if !defined(ASIO_STANDALONE) && __has_include(<boost/asio/any_io_executor.hpp>)
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
namespace wideline::asio {
namespace net = ::boost::asio;
}
#else
#include <asio/any_io_executor.hpp>
#include <asio/execution.hpp>
#include <asio/io_context.hpp>
#include <asio/strand.hpp>
namespace wideline::asio {
namespace net = ::asio;
}
#endif

#include <wideline/flow.hpp>

namespace wideline::asio {

/// Runs work by the executor `Inner`, and in a flow. Copies share the flow, and so do the executors that `require` and
/// `prefer` make of it. The flow lives until the last of them is gone: made by flow() or branch(), it can be used
/// wherever an executor can.
///
/// Threads: `Inner` must run one piece of work at a time (a strand, or a context that one thread runs). flow() and
/// branch() ensure it; who makes one of these directly, without a strand, saves what a strand costs and answers for it.
/// Each piece of work costs some 15 to 35 ns more than by `Inner` alone, and some 70 ns on top if a request is current.
template <class Inner>
class flow_executor {
public:
    using inner_executor_type = Inner;

    /// Begins a flow. Allocates; throws std::bad_alloc. (A template, for an any_io_executor can be made of this too.)
    template <std::same_as<Inner> Executor>
    explicit flow_executor(Executor inner) : flow_executor(std::move(inner), std::make_shared<Flow>()) {}
    /// Runs work in that flow.
    flow_executor(Inner inner, std::shared_ptr<Flow> flow) noexcept
        : inner_(std::move(inner)), flow_(std::move(flow)) {}

    [[nodiscard]] Inner get_inner_executor() const noexcept { return inner_; }

    template <class F>
    void execute(F&& f) const {
        inner_.execute([flow = flow_, work = std::decay_t<F>(std::forward<F>(f))]() mutable {
            const InFlow in{*flow};
            // Moved here, so that what the work owns, like a coroutine's frame, is destroyed in the flow too.
            std::decay_t<F> running(std::move(work));
            std::move(running)();
        });
    }

    template <class Property>
    requires(net::can_query<const Inner&, Property>::value) auto query(const Property& property) const noexcept ->
        typename net::query_result<const Inner&, Property>::type {
        return net::query(inner_, property);
    }
    template <class Property>
    requires(net::can_require<const Inner&, Property>::value) auto require(const Property& property) const {
        return with(net::require(inner_, property));
    }
    template <class Property>
    requires(net::can_prefer<const Inner&, Property>::value) auto prefer(const Property& property) const {
        return with(net::prefer(inner_, property));
    }

    friend bool operator==(const flow_executor& a, const flow_executor& b) noexcept {
        return a.flow_ == b.flow_ && a.inner_ == b.inner_;
    }
    friend bool operator!=(const flow_executor& a, const flow_executor& b) noexcept { return !(a == b); }

private:
    template <class Other>
    [[nodiscard]] flow_executor<std::decay_t<Other>> with(Other&& inner) const noexcept {
        return {std::forward<Other>(inner), flow_};
    }

    Inner inner_;
    std::shared_ptr<Flow> flow_;
};

template <class Inner>
flow_executor(Inner) -> flow_executor<Inner>;

namespace detail {

/// Runs one piece of work at a time: the executor itself if its type says that it does, else a strand on it.
template <class Executor>
net::strand<Executor> one_at_a_time(const Executor& executor) {
    return net::strand<Executor>(executor);
}
template <class Executor>
net::strand<Executor> one_at_a_time(const net::strand<Executor>& strand) {
    return strand;
}
template <class Inner>
Inner one_at_a_time(const flow_executor<Inner>& executor) {
    return executor.get_inner_executor();
}

/// What is in it, if that is a `Target`. (Asio's own `target` does not ask for the type: 1.74 of Boost and 1.22 alone.)
template <class Target>
const Target* target_of(const net::any_io_executor& executor) noexcept {
#ifdef __cpp_rtti
    return executor.target_type() == typeid(Target) ? executor.template target<Target>() : nullptr;
#else
    static_cast<void>(executor);
    return nullptr;  // not known: it gets one strand more than it needs
#endif
}
/// Of a coroutine's executor (`co_await net::this_coro::executor`): what is in it, if its type is a usual one.
template <class Base>
bool is_one_at_a_time(const net::any_io_executor& executor, net::any_io_executor& found) {
    if (const auto* const of_flow = target_of<flow_executor<net::strand<Base>>>(executor))
        found = of_flow->get_inner_executor();
    else if (target_of<net::strand<Base>>(executor) != nullptr)
        found = executor;
    else
        return false;
    return true;
}
inline net::any_io_executor one_at_a_time(const net::any_io_executor& executor) {
    if (const auto* const of_flow = target_of<flow_executor<net::any_io_executor>>(executor))
        return of_flow->get_inner_executor();
    net::any_io_executor found;
    if (is_one_at_a_time<net::io_context::executor_type>(executor, found)) return found;
    if (is_one_at_a_time<net::any_io_executor>(executor, found)) return found;
    return net::strand<net::any_io_executor>(executor);
}

}  // namespace detail

template <class Executor>
concept executor = net::execution::is_executor<Executor>::value;
template <class Context>
concept execution_context = std::derived_from<Context, net::execution_context>;

/// A flow of its own that runs by `executor`, one for each call: `co_spawn(wl::asio::flow(strand), session(…),
/// detached)`. It runs one piece of work at a time, also on a context that several threads run: unless the executor is
/// a strand, this makes one. If the executor belongs to a flow itself, the new one shares its strand and nothing else.
/// Allocates; throws std::bad_alloc.
template <executor Executor>
[[nodiscard]] auto flow(const Executor& executor) {
    return flow_executor{detail::one_at_a_time(executor)};
}
template <execution_context Context>
[[nodiscard]] auto flow(Context& context) {
    return asio::flow(context.get_executor());
}

/// The same, within the request that is current now (see wideline::branch): for the branches of one request that go on
/// side by side. The request should end after its branches: what they write later is counted in `Stats::late_writes`.
template <executor Executor>
[[nodiscard]] auto branch(const Executor& executor) {
    return flow_executor{detail::one_at_a_time(executor), wideline::branch()};
}
template <execution_context Context>
[[nodiscard]] auto branch(Context& context) {
    return asio::branch(context.get_executor());
}

}  // namespace wideline::asio
