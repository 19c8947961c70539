// What a service says of itself and of its recorder, looked at before anything is opened.
#pragma once

#include <wideline/options.hpp>

namespace wideline::pipeline {

/// Throws std::invalid_argument with a sentence that names what makes no sense. Without sinks, stdout is one.
[[nodiscard]] Options checked(Options options);

/// An instance without a name is `<host>:<pid>`.
[[nodiscard]] Service named(Service service);

}  // namespace wideline::pipeline
