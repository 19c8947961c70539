#include "platform/dynamic_library.hpp"

#include <dlfcn.h>
#include <unistd.h>

#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

#include <climits>
#include <cstdint>
#include <cstdlib>

namespace wideline::platform {

void* open_library(const std::string& path) noexcept { return ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL); }

std::string library_error() {
    const char* const error = ::dlerror();
    return error != nullptr ? error : "";
}

void* symbol_of(void* library, const char* name) noexcept { return ::dlsym(library, name); }

std::string program_directory() {
    char buffer[PATH_MAX];
#ifdef __APPLE__
    std::uint32_t size = sizeof buffer;
    if (::_NSGetExecutablePath(buffer, &size) != 0) return {};
    const std::string path = buffer;
#else
    const ssize_t length = ::readlink("/proc/self/exe", buffer, sizeof buffer);
    if (length <= 0) return {};
    const std::string path(buffer, static_cast<std::size_t>(length));
#endif
    return path.substr(0, path.rfind('/'));
}

}  // namespace wideline::platform
