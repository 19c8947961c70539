// An event for people: what happened in one line, why it failed, then its fields, aligned.
//
//   ✗ checkout   error   412.3 ms   2026-11-23 22:01:02.123
//     error  card_declined: card was declined by the issuer
//       why  insufficient funds
//       fix  ask for another card
//
//     user.id     u_42
//     cart.items  3
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wideline {

enum class Colour : std::uint8_t { none, ansi };

/// A field for people: its key, and its value as JSON text, but a string's as what it says.
struct ShownField {
    std::string key;
    std::string value;
};

/// One thread at a time.
class EventPage {
public:
    /// Below the head only the fields `only`, in this order; all of them where that is empty.
    explicit EventPage(Colour colour, std::vector<std::string> only = {});

    /// Appends the page of an event.
    void append(std::string& to, std::span<const ShownField> fields);

private:
    [[nodiscard]] std::string_view value_of(std::string_view key) const;
    [[nodiscard]] std::string text_of(std::string_view key) const;
    [[nodiscard]] std::string painted(std::string_view colour, std::string_view text) const;
    void append_head(std::string& to) const;
    void append_error(std::string& to) const;
    void append_fields(std::string& to) const;
    void append_notes(std::string& to) const;

    std::vector<std::string> only_;
    bool colour_;
    std::span<const ShownField> fields_;
};

}  // namespace wideline
