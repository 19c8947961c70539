#include "platform/thread_name.hpp"

#include <pthread.h>

namespace wideline::platform {

void name_this_thread(const char* name) noexcept {
#ifdef __APPLE__
    (void)::pthread_setname_np(name);
#else
    (void)::pthread_setname_np(::pthread_self(), name);
#endif
}

}  // namespace wideline::platform
