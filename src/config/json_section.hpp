// Reading a JSON value that people wrote: every value is checked for its type, every key must be known, and what is
// wrong is said of the place where it stands.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "config/json_positions.hpp"

namespace wideline::config {

/// A sentence about the value at a path.
struct Wrong : std::runtime_error {
    Wrong(Path where, const std::string& sentence) : std::runtime_error(sentence), path(std::move(where)) {}
    Path path;
};

/// One value. A view of it; every member throws Wrong where the value is not what is asked for.
class Section {
public:
    Section(const nlohmann::json& json, Path path) : json_(&json), path_(std::move(path)) {}

    [[noreturn]] void refuse(const std::string& sentence) const { throw Wrong(path_, sentence); }
    [[nodiscard]] const nlohmann::json& json() const noexcept { return *json_; }
    [[nodiscard]] const Path& path() const noexcept { return path_; }

    /// An object with no other keys than these.
    void allow(const std::vector<std::string_view>& keys) const;
    [[nodiscard]] bool has(std::string_view key) const { return json_->is_object() && json_->contains(key); }
    /// The value of a key that there must be.
    [[nodiscard]] Section at(std::string_view key) const;
    [[nodiscard]] std::vector<Section> items() const;

    [[nodiscard]] std::string text() const;
    [[nodiscard]] std::vector<std::string> texts() const;
    [[nodiscard]] bool boolean() const;
    [[nodiscard]] double number() const;
    [[nodiscard]] std::uint64_t whole() const;
    /// "500ms", "1.5s", "2h": ns, us, ms, s, min, h, as in C++, and d.
    [[nodiscard]] std::chrono::nanoseconds duration() const;

private:
    const nlohmann::json* json_;
    Path path_;
};

}  // namespace wideline::config
