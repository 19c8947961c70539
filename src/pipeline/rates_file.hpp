// Where a recorder keeps what its adaptive rules have learned, so that a service that is started anew does not begin by
// keeping everything: a hidden file beside the segments. Without a journal there is none.
#pragma once

#include <string>
#include <string_view>

#include "platform/file_system.hpp"

namespace wideline::pipeline {

/// `directory`/.wideline-`what`-`service`, the letters and digits of the service's name; empty for no directory.
[[nodiscard]] std::string hidden_path(const std::string& directory, std::string_view what, std::string_view service);

/// One thread at a time. A file that cannot be read or written is no failure: rates are learned again.
class RatesFile {
public:
    /// In no directory: reads nothing, writes nothing. `service` makes the name: services that share a directory do not
    /// share their rates.
    RatesFile(const std::string& directory, std::string_view service, platform::FileSystem& files);

    [[nodiscard]] bool exists_nowhere() const noexcept { return path_.empty(); }
    /// Empty where there is none.
    [[nodiscard]] std::string read() const;
    /// By a rename: whoever reads it finds the one before or this one, whole.
    void write(std::string_view text) const;

private:
    std::string path_;
    platform::FileSystem& files_;
};

}  // namespace wideline::pipeline
