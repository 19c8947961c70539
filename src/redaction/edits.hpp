// Pieces of a text to be replaced, found from its beginning to its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wideline::redaction {

class Edits {
public:
    explicit Edits(std::string& text) noexcept : text_(text) {}

    /// `begin` is not before the last one's `end`.
    void replace(std::size_t begin, std::size_t end, std::string_view by) {
        fresh_.append(text_, done_, begin - done_).append(by);
        done_ = end;
        ++count_;
    }
    /// Where the last one ended.
    [[nodiscard]] std::size_t done() const noexcept { return done_; }

    /// Puts the new text in the place of the old one. Returns how many pieces there were.
    std::uint32_t apply() {
        if (count_ == 0) return 0;
        fresh_.append(text_, done_, std::string::npos);
        text_ = std::move(fresh_);
        return count_;
    }

private:
    std::string& text_;
    std::string fresh_;
    std::size_t done_ = 0;
    std::uint32_t count_ = 0;
};

}  // namespace wideline::redaction
