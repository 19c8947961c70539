// How the command ends.
#pragma once

namespace wideline::cli {

enum class ExitStatus {
    done = 0,
    nothing_or_problems = 1,  ///< Nothing found, or damage found.
    unusable = 2,             ///< Wrong usage, or input that cannot be read.
};

/// The worse of the two.
[[nodiscard]] constexpr ExitStatus worse(ExitStatus a, ExitStatus b) {
    return static_cast<int>(a) > static_cast<int>(b) ? a : b;
}

}  // namespace wideline::cli
