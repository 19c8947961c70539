// Numbers for field names, so that what is counted by field lies in a vector.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace wideline::read {

/// The first name gets 0, the next 1, and so on, up to kMostFields; all later ones share kOtherFields.
class FieldSlots {
public:
    static constexpr std::size_t kMostFields = 4096;
    static constexpr std::size_t kOtherFields = kMostFields;

    /// `position` is the field's place in its line: most events have the fields of the one before at the same places,
    /// and a comparison of text is cheaper than a look into the table.
    std::size_t of(std::string_view name, std::size_t position) {
        if (position < guesses_.size() && guesses_[position] < names_.size() && names_[guesses_[position]] == name)
            return guesses_[position];
        const std::size_t slot = look_up(name);
        if (position >= kMostFields) return slot;
        if (position >= guesses_.size()) guesses_.resize(position + 1, kOtherFields);
        guesses_[position] = slot;
        return slot;
    }

    [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };

    std::size_t look_up(std::string_view name) {
        if (const auto found = slots_.find(name); found != slots_.end()) return found->second;
        if (names_.size() == kMostFields) return kOtherFields;
        names_.emplace_back(name);
        slots_.emplace(name, names_.size() - 1);
        return names_.size() - 1;
    }

    std::vector<std::string> names_;
    std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> slots_;
    std::vector<std::size_t> guesses_;  // By position.
};

}  // namespace wideline::read
