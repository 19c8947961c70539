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

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "read/event_line.hpp"

namespace wideline::cli {

/// One thread at a time. Coloured where Output::takes_colour().
class Pretty {
public:
    /// Below the head only `fields`, in this order; all of them where that is empty.
    explicit Pretty(std::vector<std::string> fields);

    /// Appends the event of `line`; false where it is no JSON object.
    [[nodiscard]] bool append(std::string& to, std::string_view line);

private:
    [[nodiscard]] std::string_view value_of(std::string_view key) const;
    [[nodiscard]] std::string text_of(std::string_view key) const;
    [[nodiscard]] std::string painted(std::string_view colour, std::string_view text) const;
    void append_head(std::string& to) const;
    void append_error(std::string& to) const;
    void append_fields(std::string& to);
    void append_notes(std::string& to) const;

    std::vector<std::string> only_;
    bool colour_;
    read::EventLine reader_;
    std::vector<std::pair<std::string, read::JsonText>> fields_;
};

}  // namespace wideline::cli
