// An event as one JSON line, as docs/file-format.md has it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <wideline/options.hpp>

#include "encoding/pair_hash.hpp"
#include "event/open_event.hpp"
#include "pipeline/field_table.hpp"
#include "pipeline/line_buffer.hpp"
#include "pipeline/value_writer.hpp"
#include "redaction/redactor.hpp"

namespace wideline::pipeline {

/// Reused from event to event; one thread.
class EventEncoder {
public:
    /// Whether the pairs of lines are wanted: only an index has a use for them, and they are a sixth of the work.
    enum class Pairs : std::uint8_t { ignored, noted };

    EventEncoder(const Options& options, const Service& service, std::span<const std::string> rules, Pairs pairs,
                 std::shared_ptr<const redaction::Redactor> redactor);
    /// Redacts as Options::redact says; a value whose hash has no secret is removed.
    EventEncoder(const Options& options, const Service& service, std::span<const std::string> rules,
                 Pairs pairs = Pairs::noted);

    /// Takes in the names of the rules that a reload has added behind those that are known.
    void name_rules(std::span<const std::string> rules);

    /// From now on. Throws std::bad_alloc, and then goes on as before.
    void redact_by(std::shared_ptr<const redaction::Redactor> redactor);

    /// Appends the line of a sealed event, its '\n' included. Throws std::bad_alloc.
    Encoded encode(const detail::OpenEvent& event, LineBuffer& out);
    /// The hashes of the pairs of that line (encoding/pair_hash.hpp), until the next is encoded. None where they are
    /// ignored.
    [[nodiscard]] std::span<const std::uint64_t> pairs() const noexcept { return pairs_; }
    /// What was taken from that line.
    [[nodiscard]] const redaction::Taken& taken() const noexcept { return taken_; }

private:
    /// Members that are the same in many lines: their text, each with a comma before it, and their pairs.
    struct Members {
        std::string text;
        std::vector<std::uint64_t> pairs;

        void add(std::string_view key, std::string_view json);
    };
    struct Default {
        std::string key;
        std::uint32_t hash;
        Members members;
        redaction::Taken taken{};
    };

    void collect(const detail::OpenEvent& event);
    bool take_error(const detail::Record& record);
    void put_stamped(const detail::OpenEvent& event, LineBuffer& out);
    [[nodiscard]] const Members& rule_of(const detail::OpenEvent& event) const noexcept;
    void put_dry_run(const detail::OpenEvent& event, LineBuffer& out);
    void put_fields(LineBuffer& out, std::size_t begin);
    void put_count(std::string_view name, std::uint64_t key, std::uint64_t count, LineBuffer& out, std::size_t at);
    void put_members(const Members& members, LineBuffer& out);
    void put_field(const FieldTable::Entry& entry, LineBuffer& out);
    [[nodiscard]] bool put_redacted_text(const FieldTable::Entry& entry, LineBuffer& out);
    [[nodiscard]] bool must_rewrite(const detail::Record& record, std::string_view json) const noexcept;
    void rewrite(std::string_view key, const redaction::KeyDecision& decision, LineBuffer& out, std::size_t begin);
    void put_error(std::size_t field, LineBuffer& out);
    void put_folded(const FieldTable::Entry& entry, LineBuffer& out);
    char* write_scalar_and_pair(char* to, const detail::Record& record, std::uint64_t key);
    void note_pair(std::uint64_t key, std::string_view value) {
        if (notes_pairs_) pairs_.push_back(pair_hash(key, value));
    }
    void note_pairs(std::uint64_t key, std::string_view json) {
        if (notes_pairs_) append_pair_hashes(pairs_, key, json);
    }
    void note_number(std::uint64_t key, double value);
    void put_items_from(std::uint32_t link, const std::optional<FieldValue>& before, LineBuffer& out);

    Limits limits_;
    const std::vector<std::pair<std::string, Constant>> given_defaults_;
    const Service given_service_;
    const bool notes_pairs_;
    Members service_;             // ,"service.name":…
    Members schema_version_;      // ,"schema_version":…
    Members stressed_;            // ,"wideline.stressed":true
    Members crashed_;             // ,"error.type":"crashed"
    Members retroactive_;         // the same of what is kept after all
    std::vector<Members> rules_;  // ,"sample_rule":"…"
    std::vector<Default> defaults_;
    std::shared_ptr<const redaction::Redactor> redactor_;
    std::array<redaction::KeyDecision, 5> error_decisions_{};  // of error.type and so on
    redaction::Taken taken_;
    FieldTable fields_;
    std::uint32_t most_items_ = 0;                   // of an array whose items were appended
    std::array<const detail::Record*, 5> errors_{};  // error.type and so on, where written
    const detail::OpenEvent* event_ = nullptr;       // the one being encoded
    std::vector<std::uint64_t> pairs_;
    Encoded found_;
    ValueWriter values_{found_};
};

}  // namespace wideline::pipeline
