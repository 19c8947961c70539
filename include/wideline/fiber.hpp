// Boost.Fiber: a scheduling algorithm that gives each fiber a flow of its own, so that code in fibers reads like code
// in threads. See docs/async.md.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

#include <boost/fiber/algo/algorithm.hpp>
#include <boost/fiber/context.hpp>
#include <boost/fiber/detail/fss.hpp>
#include <boost/fiber/type.hpp>

#include <wideline/flow.hpp>

namespace wideline::fiber {

namespace detail {

/// The flows that a suspended context was in, the innermost first.
class Suspended {
public:
    void leave_all() noexcept {
        count_ = 0;
        while (Flow* const flow = Flow::inside()) {
            if (count_ < flows_.size()) flows_[count_++] = flow;
            flow->leave();
        }
    }
    void enter_again() noexcept {
        while (count_ > 0) flows_[--count_]->enter();
    }
    void begin_in(Flow& flow) noexcept { flows_[count_++] = &flow; }

private:
    std::array<Flow*, 32> flows_;  // a thread can be in no more
    std::size_t count_ = 0;
};

/// A fiber's flow. Kept in the fiber (as boost::fibers::fiber_specific_ptr keeps its data), and deleted at its end.
struct Line {
    Line() noexcept { suspended.begin_in(flow); }

    Flow flow;
    Suspended suspended;
};

class DeleteLine final : public boost::fibers::detail::fss_cleanup_function {
public:
    void operator()(void* line) override { delete static_cast<Line*>(line); }
};

/// Which fiber's flows a thread is in.
class Running {
public:
    void change_to(boost::fibers::context& next) noexcept {
        if (running_ == &next) return;
        if (Suspended* const left = suspended_of(*running_, Missing::leave))
            left->leave_all();
        else
            Suspended().leave_all();  // a fiber that has ended, and its flow with it
        if (Suspended* const entered = suspended_of(next, Missing::make)) entered->enter_again();
        running_ = &next;
    }

private:
    enum class Missing : bool { leave, make };

    [[nodiscard]] Suspended* suspended_of(boost::fibers::context& context, Missing missing) noexcept {
        // The thread's own fiber has the thread's own stack. The dispatcher runs no code of the user's.
        if (context.is_context(boost::fibers::type::main_context)) return &main_;
        if (context.is_context(boost::fibers::type::dispatcher_context)) return &dispatcher_;
        auto* line = static_cast<Line*>(context.get_fss_data(&key_));
        if (line == nullptr && missing == Missing::make) line = make_line(context);
        return line == nullptr ? nullptr : &line->suspended;
    }
    /// Null if memory is used up: the fiber then runs in no flow.
    [[nodiscard]] static Line* make_line(boost::fibers::context& context) noexcept {
        try {
            static const boost::fibers::detail::fss_cleanup_function::ptr_t cleanup(new DeleteLine);
            auto line = std::make_unique<Line>();
            context.set_fss_data(&key_, cleanup, line.get(), true);
            return line.release();
        } catch (const std::bad_alloc&) {
            return nullptr;
        }
    }

    static inline const char key_{};

    boost::fibers::context* running_ = boost::fibers::context::active();
    Suspended main_;
    Suspended dispatcher_;
};

/// `Algorithm`, with Running told of a fiber that was begun without the algorithm's being asked (launch::dispatch).
template <class Algorithm>
class HearsOfDispatch : public Algorithm {
public:
    using Algorithm::Algorithm;

    void awakened(boost::fibers::context* ready) noexcept override {
        running_.change_to(*boost::fibers::context::active());
        Algorithm::awakened(ready);
    }

protected:
    Running running_;
};

template <class Properties>
Properties properties_of(const boost::fibers::algo::algorithm_with_properties<Properties>&);

template <class Algorithm>
requires std::derived_from<Algorithm, boost::fibers::algo::algorithm_with_properties_base>
class HearsOfDispatch<Algorithm> : public Algorithm {
    using Properties = decltype(properties_of(std::declval<const Algorithm&>()));

public:
    using Algorithm::Algorithm;

    void awakened(boost::fibers::context* ready, Properties& properties) noexcept override {
        running_.change_to(*boost::fibers::context::active());
        Algorithm::awakened(ready, properties);
    }

protected:
    Running running_;
};

}  // namespace detail

/// A scheduling algorithm of Boost.Fiber's, or of your own, in which each fiber has a flow:
///
///     boost::fibers::use_scheduling_algorithm<wl::fiber::aware<boost::fibers::algo::round_robin>>();
///     boost::fibers::use_scheduling_algorithm<wl::fiber::aware<boost::fibers::algo::work_stealing>>(threads);
///
/// Each thread that runs fibers calls it before its first fiber. A fiber that is begun in a request begins outside of
/// it (see wideline::carry and wideline::branch). The thread's own fiber goes on with what is current on the thread.
/// Costs some 50 ns a switch, and two allocations a fiber.
template <class Algorithm>
class aware : public detail::HearsOfDispatch<Algorithm> {
public:
    using detail::HearsOfDispatch<Algorithm>::HearsOfDispatch;

    boost::fibers::context* pick_next() noexcept override {
        boost::fibers::context* const next = Algorithm::pick_next();
        if (next != nullptr) this->running_.change_to(*next);
        return next;
    }
};

}  // namespace wideline::fiber
