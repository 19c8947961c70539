// Credentials in texts that people read.
#pragma once

#include <string>
#include <vector>

#include <wideline/forward.hpp>

namespace wideline::delivery {

/// `text` with each of the secrets, as it is now, replaced by `***`.
[[nodiscard]] std::string masked(std::string text, const std::vector<Secret>& secrets);

}  // namespace wideline::delivery
