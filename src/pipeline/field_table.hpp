// The distinct keys of one event, in the order of their first write, and which records make each one's value.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <wideline/detail/arena.hpp>

namespace wideline::pipeline {

/// Reused from event to event: clearing costs nothing. One thread.
class FieldTable {
public:
    static constexpr std::uint32_t kNone = ~std::uint32_t{0};

    struct Entry {
        const detail::Record* record;      // the last one
        std::uint32_t first_link = kNone;  // all that are folded into the value, or kNone where `record` is the value
        std::uint32_t last_link = kNone;
    };
    struct Link {
        const detail::Record* record;
        std::uint32_t next;
    };

    explicit FieldTable(std::uint32_t most_fields);

    void clear() noexcept;
    /// Takes the next record in. False where its key would be one too many.
    bool add(const detail::Record& record);
    /// Whether a key was written.
    [[nodiscard]] bool has(std::uint32_t hash, std::string_view key) const noexcept;

    [[nodiscard]] std::span<const Entry> entries() const noexcept { return entries_; }
    [[nodiscard]] const Link& link(std::uint32_t at) const noexcept { return links_[at]; }

private:
    struct Slot {
        std::uint32_t event = 0;  // which event the slot was filled for
        std::uint32_t entry = 0;
    };

    [[nodiscard]] Slot& slot_of(std::uint32_t hash, std::string_view key) noexcept;
    void chain(Entry& entry, const detail::Record& record);

    std::uint32_t most_fields_;
    std::vector<Slot> slots_;  // twice as many as fields or more, a power of two
    std::uint32_t event_ = 1;
    std::vector<Entry> entries_;
    std::vector<Link> links_;
};

}  // namespace wideline::pipeline
