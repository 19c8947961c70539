// What an encoder needs to know besides the event, as text beside the arenas: after a crash, another process encodes
// what they hold as their own would have done.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <wideline/options.hpp>

namespace wideline::pipeline {

struct EventForm {
    Options options;  ///< defaults, limits, schema_version, and redact without its secrets
    Service service;
    std::vector<std::string> rules;
};

/// As JSON. `redaction` is that of Options, or the one that was read again after it.
[[nodiscard]] std::string form_text(const Options& options, const Redaction& redaction, const Service& service,
                                    std::span<const std::string> rules);

/// Any text may come in: what is not understood is as if it had not been said.
[[nodiscard]] EventForm parse_form(std::string_view text);

}  // namespace wideline::pipeline
