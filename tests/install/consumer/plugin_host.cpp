// plugin_host FILE…: loads plugins, and has them write. With HOST_WRITES it has wideline itself, and installs the
// recorder.
#include <dlfcn.h>

#include <cstddef>
#include <cstdio>
#include <vector>

#ifdef HOST_WRITES
#include <wideline/wideline.hpp>

#include <string>
#endif

namespace {

template <class Function>
Function* function_of(void* plugin, const char* name) {
    return reinterpret_cast<Function*>(::dlsym(plugin, name));
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<void*> plugins;
    for (int i = 1; i < argc; ++i) {
        plugins.push_back(::dlopen(argv[i], RTLD_NOW | RTLD_LOCAL));
        if (plugins.back() != nullptr) continue;
        std::printf("%s\n", ::dlerror());
        return 1;
    }
#ifdef HOST_WRITES
    std::vector<std::string> lines;
    std::string said;
    {
        wideline::Recorder recorder = wideline::install({.sinks = {wideline::memory_sink(&lines)}});
        said = recorder.stats().last_error;
        for (void* const plugin : plugins) function_of<void()>(plugin, "write_an_event")();
        const wideline::Request request{"in the program"};
    }
    std::printf(said.empty() ? "%zu events\n" : "%zu events: %s\n", lines.size(), said.c_str());
#else
    for (void* const plugin : plugins) {
        std::printf("%zu events\n", function_of<std::size_t()>(plugin, "write_to_own_recorder")());
        std::fflush(stdout);
    }
#endif
    return 0;
}
