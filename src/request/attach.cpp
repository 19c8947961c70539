#include <wideline/request.hpp>

#include "request/recorder_core.hpp"

namespace wideline {

using detail::Lane;
using detail::OpenEvent;
using detail::RecorderCore;

namespace detail {

bool pin(OpenEvent& event, std::uint64_t generation) noexcept {
    std::uint64_t state = event.state.load(std::memory_order_acquire);
    do {
        const bool ended = state / OpenEvent::kGeneration != generation || (state & OpenEvent::kFinished) != 0;
        if (ended || (state & OpenEvent::kPins) == OpenEvent::kPins) return false;
    } while (!event.state.compare_exchange_weak(state, state + OpenEvent::kPin, std::memory_order_seq_cst,
                                                std::memory_order_acquire));
    return true;
}

}  // namespace detail

Attach::Attach(const Handle& handle) noexcept {
    core_ = handle.core_ != nullptr ? handle.core_ : RecorderCore::installed();
    Lane* const lane = core_ == nullptr ? nullptr : core_->lane();
    if (lane == nullptr) return;
    detail::drop_ended(lane);
    if (handle.event_ != nullptr && detail::pin(*handle.event_, handle.generation_)) {
        fragment_ = core_->take_fragment(*handle.event_, *lane);
        if (fragment_ == nullptr) core_->unpin(*handle.event_, lane);
    }
    if (fragment_ == nullptr) {
        // Nothing to write to: an event that counts what comes as late, so that it does not go to an outer request.
        fragment_ = core_->take(*lane);
        if (fragment_ == nullptr) return;
        fragment_->head = &detail::ended_request;
        fragment_->refuse();
    }
    detail::bind(*fragment_, *lane);
}

Attach::~Attach() {
    // Nothing was attached; or the recorder is gone, with all memory.
    if (fragment_ == nullptr || fragment_->home == nullptr) return;
    Lane* const lane = core_->lane();
    const Lane* const bound_to = fragment_->current_on.load(std::memory_order_acquire);
    if (bound_to != nullptr && bound_to == lane) detail::drop_ended(lane);
    const bool in_its_place =
        bound_to == nullptr || bound_to == &core_->parked() || (bound_to == lane && detail::current == fragment_);
    if (!in_its_place) detail::interleaved.fetch_add(1, std::memory_order_relaxed);
    if (bound_to != nullptr && bound_to != lane) {
        // A coroutine took it to another thread. The one on which it is current lets go of it (drop_ended).
        fragment_->state.fetch_or(OpenEvent::kFinished, std::memory_order_seq_cst);
        return;
    }
    detail::next_stretch();
    detail::unbind(*fragment_);
    core_->let_go(*fragment_, lane);
    detail::drop_ended(lane);
}

namespace detail {

OpenEvent* RecorderCore::take_fragment(OpenEvent& request, Lane& lane) noexcept {
    for (OpenEvent* at = request.fragments.load(std::memory_order_acquire); at != nullptr; at = at->next)
        if (!at->taken.exchange(true, std::memory_order_acquire)) return at;
    OpenEvent* const fragment = take(lane);
    if (fragment == nullptr) return nullptr;
    fragment->join(request);
    fragment->taken.store(true, std::memory_order_relaxed);
    OpenEvent* first = request.fragments.load(std::memory_order_relaxed);
    do {
        fragment->next = first;
    } while (!request.fragments.compare_exchange_weak(first, fragment, std::memory_order_seq_cst));
    // Pushed before the request ended, it is sealed with the others; after, it may have been missed.
    if (request.finished()) fragment->refuse();
    return fragment;
}

void RecorderCore::let_go(OpenEvent& fragment, Lane* lane) noexcept {
    OpenEvent& head = *fragment.head;
    if (&head == &ended_request) return recycle(fragment, lane);
    fragment.state.fetch_and(~OpenEvent::kFinished, std::memory_order_relaxed);
    fragment.taken.store(false, std::memory_order_release);
    unpin(head, lane);
}

}  // namespace detail
}  // namespace wideline
