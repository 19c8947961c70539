#include "cli/check.hpp"

#include <fmt/format.h>

#include "cli/input.hpp"
#include "cli/output.hpp"
#include "config/config_file.hpp"
#ifdef WIDELINE_HAS_FORWARD
#include "forward/forward_config.hpp"
#endif

namespace wideline::cli {

ExitStatus check(const CheckOptions& options) {
    Output output;
    if (options.schema) {
        output.write(config::config_schema());
        output.flush();
        return ExitStatus::done;
    }
    if (options.path.empty()) {
        complain("check needs a FILE, or --schema; see wideline check --help");
        return ExitStatus::unusable;
    }
    const auto text = config::read_text(options.path);
    if (!text.ok()) {
        complain(text.failure().sentence());
        return ExitStatus::unusable;
    }
    config::ConfigFile file = config::read_config(text.value());
    std::string forwards;
#ifdef WIDELINE_HAS_FORWARD
    delivery::ForwardConfig forward = delivery::read_forward_config(text.value());
    if (!file.problems.empty() && !forward.present) forward.problems.clear();  // It was said already.
    for (config::Problem& problem : forward.problems) file.problems.push_back(std::move(problem));
    if (forward.present) forwards = fmt::format("; {} forwards", forward.options.forwards.size());
#endif
    for (const auto& [position, sentence] : file.advice)
        complain(fmt::format("{}:{}:{}: warning: {}", options.path, position.line, position.column, sentence));
    for (const auto& [position, sentence] : file.problems)
        complain(fmt::format("{}:{}:{}: {}", options.path, position.line, position.column, sentence));
    if (!file.problems.empty()) return ExitStatus::unusable;
    output.write(fmt::format("{}: nothing is wrong; {} sampling rules{}\n", options.path,
                             file.options.sampler.rules().size() + file.options.sampler.error_rules().size(),
                             forwards));
    output.flush();
    return ExitStatus::done;
}

}  // namespace wideline::cli
