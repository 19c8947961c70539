#include "config/json_positions.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

#include <nlohmann/json.hpp>

namespace wideline::config {

namespace {

/// Characters of the text, and how many of them the parser has taken.
class Counted {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    Counted(const char* at, const char** furthest) : at_(at), furthest_(furthest) {}
    reference operator*() const { return *at_; }
    Counted& operator++() {
        ++at_;
        *furthest_ = std::max(*furthest_, at_);
        return *this;
    }
    Counted operator++(int) {
        Counted before = *this;
        ++*this;
        return before;
    }
    bool operator==(const Counted& other) const { return at_ == other.at_; }
    bool operator!=(const Counted& other) const { return at_ != other.at_; }

private:
    const char* at_;
    const char** furthest_;
};

/// The parser tells what it has read when it is past it, by a character at most: its beginning is looked for backwards.
class Positions final : public nlohmann::json_sax<nlohmann::json> {
public:
    Positions(std::string_view text, const char* const& furthest) : text_(text), furthest_(furthest) {}
    std::map<Path, std::size_t> found;

    bool null() override { return value(begin_of_word()); }
    bool boolean(bool) override { return value(begin_of_word()); }
    bool number_integer(number_integer_t) override { return value(begin_of_word()); }
    bool number_unsigned(number_unsigned_t) override { return value(begin_of_word()); }
    bool number_float(number_float_t, const string_t&) override { return value(begin_of_word()); }
    bool string(string_t&) override { return value(begin_of_string()); }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override { return open(begin_of('{'), false); }
    bool start_array(std::size_t) override { return open(begin_of('['), true); }
    bool key(string_t& name) override {
        levels_.back().at = name;
        key_ = begin_of_string();
        return true;
    }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

private:
    struct Level {
        bool array;
        std::size_t index;
        std::string at;
    };

    [[nodiscard]] std::size_t here() const { return static_cast<std::size_t>(furthest_ - text_.data()); }
    [[nodiscard]] std::size_t begin_of(char bracket) const {
        const std::size_t at = text_.rfind(bracket, here() == 0 ? 0 : here() - 1);
        return at == std::string_view::npos ? 0 : at;
    }
    [[nodiscard]] std::size_t begin_of_string() const {
        std::size_t at = begin_of('"');
        while (at > 0) {
            --at;
            if (text_[at] != '"') continue;
            std::size_t slashes = 0;
            while (slashes < at && text_[at - 1 - slashes] == '\\') ++slashes;
            if (slashes % 2 == 0) break;
        }
        return at;
    }
    [[nodiscard]] std::size_t begin_of_word() const {
        const auto in_word = [this](std::size_t at) {
            const char c = text_[at];
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == 'E' || c == '.' || c == '-' || c == '+';
        };
        std::size_t end = here();
        while (end > 0 && !in_word(end - 1)) --end;
        while (end > 0 && in_word(end - 1)) --end;
        return end;
    }

    [[nodiscard]] Path path() const {
        Path path;
        for (const Level& level : levels_) path += '\n' + (level.array ? std::to_string(level.index) : level.at);
        return path;
    }
    void note(std::size_t begin) {
        if (levels_.size() <= kDeepestPosition) found.emplace(path(), begin);
    }
    bool value(std::size_t begin) {
        const bool keyed = !levels_.empty() && !levels_.back().array;
        note(keyed ? key_ : begin);
        if (!levels_.empty()) ++levels_.back().index;
        return true;
    }
    bool open(std::size_t begin, bool array) {
        const bool keyed = !levels_.empty() && !levels_.back().array;
        note(keyed ? key_ : begin);
        levels_.push_back({array, 0, {}});
        return true;
    }
    bool close() {
        levels_.pop_back();
        if (!levels_.empty()) ++levels_.back().index;
        return true;
    }

    std::string_view text_;
    const char* const& furthest_;
    std::size_t key_ = 0;
    std::vector<Level> levels_;
};

}  // namespace

Position position_of(std::string_view text, std::size_t offset) noexcept {
    const std::string_view before = text.substr(0, offset);
    const std::size_t newline = before.rfind('\n');
    return {1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')),
            before.size() - (newline == std::string_view::npos ? 0 : newline + 1) + 1};
}

std::map<Path, std::size_t> json_positions(std::string_view text) {
    const char* furthest = text.data();
    Positions positions(text, furthest);
    const char* const end = text.data() + text.size();
    if (!nlohmann::json::sax_parse(Counted(text.data(), &furthest), Counted(end, &furthest), &positions)) return {};
    return std::move(positions.found);
}

}  // namespace wideline::config
