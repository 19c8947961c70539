// A configuration file: what of Options it says, or what is wrong with it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wideline/options.hpp>

#include "config/json_positions.hpp"
#include "platform/status.hpp"

namespace wideline::config {

struct Problem {
    Position position;
    std::string sentence;
};

struct ConfigFile {
    Options options;
    std::optional<Redaction> redaction;  ///< Where the file has a section `redact`.
    std::optional<TailSampler> sampler;  ///< Where the file has a section of that name.
    std::vector<Problem> problems;  ///< The first one of each section; the options are to be used where there is none.
    std::vector<Problem> advice;    ///< What is not wrong and probably not meant.
};

/// Any bytes may come in. Opens and makes nothing.
[[nodiscard]] ConfigFile read_config(std::string_view text);

/// The whole file; at most 16 MiB.
[[nodiscard]] platform::Result<std::string> read_text(const std::string& path);

/// config.schema.json.
[[nodiscard]] std::string_view config_schema() noexcept;

}  // namespace wideline::config
