// Numbers for field names, so that what is counted by field lies in a vector.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "read/event_line.hpp"

namespace wideline::read {

/// The first name gets 0, the next 1, and so on, up to kMostFields; all later ones share kOtherFields. A name is one,
/// however its characters are escaped.
class FieldSlots {
public:
    static constexpr std::size_t kMostFields = 4096;
    static constexpr std::size_t kOtherFields = kMostFields;

    /// Of a key as it stands in a line. `position` is the field's place there: most events have the fields of the one
    /// before at the same places, and a comparison of text is cheaper than a look into the table.
    std::size_t of(std::string_view escaped, std::size_t position) {
        if (position < guesses_.size() && guesses_[position].escaped == escaped) return guesses_[position].slot;
        const bool plain = escaped.find('\\') == std::string_view::npos;
        const std::size_t slot =
            of_name(plain ? std::string(escaped) : unescaped(std::string("\"").append(escaped).append("\"")));
        if (position >= kMostFields) return slot;
        if (position >= guesses_.size()) guesses_.resize(position + 1);
        guesses_[position].escaped.assign(escaped);
        guesses_[position].slot = slot;
        return slot;
    }

    /// Of a key without its escapes.
    std::size_t of_name(const std::string& name) {
        if (const auto found = slots_.find(name); found != slots_.end()) return found->second;
        if (names_.size() == kMostFields) return kOtherFields;
        names_.push_back(name);
        slots_.emplace(name, names_.size() - 1);
        return names_.size() - 1;
    }

    /// By slot, without escapes.
    [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }

private:
    struct Guess {
        std::string escaped = "\"";  // As it stands in a line, where no key is this one.
        std::size_t slot = kOtherFields;
    };

    std::vector<std::string> names_;
    std::unordered_map<std::string, std::size_t> slots_;
    std::vector<Guess> guesses_;  // By position.
};

}  // namespace wideline::read
