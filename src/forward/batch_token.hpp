// What tells a backend that it has seen a batch before: a hash of the route and the lines, so that equal content has an
// equal token over restarts, and other content never has it.
#pragma once

#include <string>
#include <string_view>

namespace wideline::delivery {

/// 32 hex digits. `salt` is "forward/target", and a replay's id with it.
[[nodiscard]] std::string batch_token(std::string_view salt, std::string_view lines);

}  // namespace wideline::delivery
