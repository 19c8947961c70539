// A memory barrier on every thread of this process, paid for by the one that asks: so the others need none where they
// store one thing and then load another.
#pragma once

namespace wideline::platform {

/// After it, each thread has seen what this one stored before, or this one sees all that the thread had stored until
/// then. Some milliseconds at most; not for a request.
void barrier_on_all_threads() noexcept;

}  // namespace wideline::platform
