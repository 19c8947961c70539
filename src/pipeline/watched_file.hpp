// Options::watch: the rules of a file, used again when they have changed.
#pragma once

#include <optional>
#include <string>

#include <wideline/redaction.hpp>
#include <wideline/sampler.hpp>

namespace wideline::pipeline {

/// One thread. Reads the whole file at each look: it is small, and no file system's times are to be trusted.
class WatchedFile {
public:
    explicit WatchedFile(std::string path);

    /// The sections that a changed file has.
    struct Changed {
        std::optional<TailSampler> sampler{};
        std::optional<Redaction> redaction{};
    };

    /// What a file says that says another thing than before, once it stayed the same from one look to the next: who
    /// writes a file may be seen in the middle. Throws std::runtime_error, once for each change, where it is not right;
    /// a section that the file does not have changes nothing.
    [[nodiscard]] Changed look();

private:
    std::string path_;
    std::string used_;
    std::string seen_;
};

}  // namespace wideline::pipeline
