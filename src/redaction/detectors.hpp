// What is found inside texts, and what is written instead. Each function replaces every occurrence and returns how many
// there were; a text without one stays as it is. These are slow ways: suspicion.hpp says of most texts that they need
// none. They throw std::bad_alloc.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace wideline::redaction {

/// `name=value`: `***` for the value of each name that `is_secret` says yes to, which is given folded and with its
/// percent escapes undone. Also the password of `scheme://user:password@`.
std::uint32_t replace_parameters(std::string& text, const std::function<bool(std::string_view)>& is_secret);
std::uint32_t replace_tokens(std::string& text);
std::uint32_t replace_emails(std::string& text);
std::uint32_t replace_cards(std::string& text);
std::uint32_t replace_ibans(std::string& text);

/// No card is shorter.
inline constexpr std::size_t kShortestNumber = 13;
/// Whether one of these would replace anything. Quick where it would not: some 5 ns for a short text.
[[nodiscard]] bool holds_number(std::string_view text, bool cards, bool ibans) noexcept;

}  // namespace wideline::redaction
