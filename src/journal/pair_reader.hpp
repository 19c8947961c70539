// Reads the pairs of a segment that this process has closed, one after the other, up to its seek table. Where anything
// is not as it was written it stops: reading what is damaged is src/read's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "journal/frame_index.hpp"
#include "platform/file_system.hpp"

namespace wideline::journal_files {

struct StoredPair {
    FrameIndex index;
    std::string data_frame;
};

class PairReader {
public:
    explicit PairReader(std::unique_ptr<platform::File> file) : file_(std::move(file)) {}

    /// Nothing at the seek table, and where the file is not as it should be or cannot be read: then good() is false.
    /// Throws std::bad_alloc.
    std::optional<StoredPair> next();
    [[nodiscard]] bool good() const noexcept { return good_; }
    /// Whether the path that was opened still leads to this file.
    [[nodiscard]] bool in_place();

private:
    std::optional<StoredPair> read_pair();
    /// The next bytes, which are consumed; fewer where the file ends. Valid until the next call.
    std::string_view take(std::size_t bytes);

    std::unique_ptr<platform::File> file_;
    std::string buffer_;
    std::size_t at_ = 0;
    bool good_ = true;
    bool ended_ = false;
};

}  // namespace wideline::journal_files
