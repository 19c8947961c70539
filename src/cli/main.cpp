// The command: what every verb does with wrong usage, errors, and a reader that has gone. The verbs are in verbs.cpp.
#include <csignal>
#include <exception>
#include <memory>
#include <new>
#include <string>

#include <CLI/CLI.hpp>

#include "cli/input.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#ifdef WIDELINE_HAS_FORWARD
#include "forward/backend_kinds.hpp"
#endif

namespace wideline::cli {
namespace {

/// CLI11 ends sentences as it likes; ours is one line that says what to do.
ExitStatus complain_about_usage(const CLI::App& app, const CLI::ParseError& error) {
    const auto chosen = app.get_subcommands();
    if (!chosen.empty()) {
        complain(std::string(error.what()) + "; see wideline " + chosen.front()->get_name() + " --help");
    } else if (const auto unknown = app.remaining(); !unknown.empty()) {
        complain("\"" + unknown.front() + "\" is no verb and no option; see wideline --help");
    } else {
        complain("a verb is needed: wideline VERB [options] PATH...; see wideline --help");
    }
    return ExitStatus::unusable;
}

/// Says of an option its name, what it takes, and what it does.
class Help : public CLI::Formatter {
public:
    Help() {
        label("OPTIONS", "options");
        label("SUBCOMMAND", "VERB");
    }
    std::string make_option_opts(const CLI::Option* option) const override {
        if (option->get_positional() || option->get_items_expected_max() == 0) return "";
        const std::string type = option->get_type_name();
        return " " + type.substr(0, type.find(':'));  // Behind it CLI11 says which values it takes.
    }
};

std::string version() {
    std::string text = "wideline " WIDELINE_VERSION;
#ifdef WIDELINE_HAS_FORWARD
    std::string backends;
    for (const std::string& kind : delivery::backend_kinds()) backends += (backends.empty() ? "" : ", ") + kind;
    if (!backends.empty()) text += "\nbackends: " + backends;
#endif
    return text;
}

ExitStatus run(int argc, char** argv) {
    CLI::App app{"Reads wideline's segments: compressed JSON lines, one wide event a request."};
    app.name("wideline");
    app.formatter(std::make_shared<Help>());
    app.set_version_flag("--version", version());
    app.require_subcommand(1);
    app.footer(
        "wideline VERB --help has its options and an example.\n"
        "Exit status: 0 done, 1 nothing found or problems found, 2 wrong usage or unreadable input.");

    ExitStatus status = ExitStatus::done;
    add_verbs(app, status);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() != 0) return complain_about_usage(app, error);
        app.exit(error);  // --help and --version
    }
    return status;
}

ExitStatus run_safely(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const ClosedPipe&) {
        return ExitStatus::done;
    } catch (const std::bad_alloc&) {
        complain("there is not enough memory");
    } catch (const std::exception& error) {
        complain(error.what());
    }
    return ExitStatus::unusable;
}

}  // namespace
}  // namespace wideline::cli

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);  // A closed pipe is an error of write, and ends quietly.
    return static_cast<int>(wideline::cli::run_safely(argc, argv));
}
