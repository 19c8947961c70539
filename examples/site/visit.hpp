// What one request to the site is about, read off its request line and headers: which page or file, and who asks.
#pragma once

#include <cstdint>
#include <string_view>

namespace wideline {
class FieldWriter;
}

namespace site {

/// What a path leads to. The views are literals, or parts of the path that was classified.
struct Resource {
    std::string_view route;  ///< the path with its variable parts named, so that events group by it
    std::string_view kind;   ///< page, image, style, script, feed, download, other
    std::string_view extension;
    std::string_view content_type;

    [[nodiscard]] bool rendered() const noexcept { return kind == "page"; }
};

[[nodiscard]] Resource resource_of(std::string_view path) noexcept;

enum class Plan : std::uint8_t { anonymous, free, pro, enterprise };

/// Found by wideline: events hold the plan by this name.
[[nodiscard]] std::string_view name_of(Plan plan) noexcept;

/// Who asks. A stand-in for a session store: the recorded traffic knows its clients by number only, so account and plan
/// are derived from that number, always the same for the same client.
struct Visitor {
    std::uint32_t client = 0;
    std::uint32_t account = 0;  ///< 0 for visitors that have none
    Plan plan = Plan::anonymous;
};

/// Found by wideline: `wideline::set("user", visitor)` writes user.plan, and user.id where there is an account.
void describe(wideline::FieldWriter& writer, const Visitor& visitor);

[[nodiscard]] Visitor visitor_of(std::uint32_t client) noexcept;

struct Agent {
    std::string_view name;
    std::string_view os;
    bool bot = false;
};

[[nodiscard]] Agent agent_of(std::string_view user_agent) noexcept;

/// none, internal, search or external: where a visitor came from.
[[nodiscard]] std::string_view referrer_kind(std::string_view host) noexcept;

}  // namespace site
