#include "cli/view.hpp"

#include <csignal>
#include <thread>

#include "cli/event_segments.hpp"
#include "cli/input.hpp"
#include "cli/output.hpp"

#ifdef WIDELINE_HAS_VIEW
#include "view/server.hpp"
#endif

namespace wideline::cli {

#ifdef WIDELINE_HAS_VIEW

namespace {

/// Threads that are made from here on leave these signals to who waits for them.
sigset_t block_ends() {
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ends, nullptr);
    return ends;
}

}  // namespace

ExitStatus view(const ViewOptions& options) {
    for (const std::string& path : options.paths)
        if (!is_lasting("view", path)) return ExitStatus::unusable;
    const sigset_t ends = block_ends();
    view::Server server({options.paths, options.host, options.port});
    const auto address = server.bind();
    if (!address) {
        complain("cannot listen on " + options.host +
                 (options.port ? " port " + std::to_string(*options.port) : std::string()) +
                 ": choose another --port (0 takes any that is free) or --host");
        return ExitStatus::unusable;
    }
    Output output;
    output.write(*address + "\n");
    output.flush();
    std::jthread serving([&server] { server.serve(); });
    int signal = 0;
    sigwait(&ends, &signal);
    server.stop();
    return ExitStatus::done;
}

#else

ExitStatus view(const ViewOptions&) {
    complain("this wideline was built without view: install cpp-httplib and build it again");
    return ExitStatus::unusable;
}

#endif

}  // namespace wideline::cli
