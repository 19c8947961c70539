// A configuration file that people change while the forwarder runs. It is loaded when it has been the same in two
// looks, a second apart: not while an editor writes it.
#pragma once

#include <optional>
#include <string>

namespace wideline::delivery {

class HotReload {
public:
    /// Empty: nothing is watched.
    explicit HotReload(std::string path);

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    /// The file's text, if it is another than what was loaded last, and has been for a second. Counts as loaded then.
    [[nodiscard]] std::optional<std::string> changed(std::int64_t now_ns);

private:
    [[nodiscard]] std::optional<std::string> text() const;

    std::string path_;
    std::optional<std::string> loaded_;
    std::optional<std::string> seen_;
    std::int64_t looked_ns_ = 0;
};

}  // namespace wideline::delivery
