// What a program loads: it writes one event, to a recorder of its own or to the one that is installed.
#include <wideline/wideline.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace wl = wideline;

namespace {

void write() {
    WIDELINE_REQUEST("in the plugin");
    wl::set("n", 1);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) void write_an_event() { write(); }

extern "C" __attribute__((visibility("default"))) std::size_t write_to_own_recorder() {
    std::vector<std::string> lines;
    {
        const wl::Recorder recorder = wl::install({.sinks = {wl::memory_sink(&lines)}});
        write();
    }
    return lines.size();
}
