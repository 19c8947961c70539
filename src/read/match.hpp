// What a search asks of events: terms, all of which or any of which must hold.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "journal/frame_index.hpp"
#include "platform/status.hpp"
#include "read/event_line.hpp"
#include "read/search_term.hpp"

namespace wideline::read {

/// Immutable; any number of threads. Without terms it is true of every event.
class Match {
public:
    enum class Combine { all, any };

    Match() = default;
    explicit Match(std::vector<SearchTerm> terms, Combine combine = Combine::all)
        : terms_(std::move(terms)), combine_(combine) {}
    /// Fails as SearchTerm::parse does.
    [[nodiscard]] static platform::Result<Match> parse(const std::vector<std::string>& expressions,
                                                       Combine combine = Combine::all);

    [[nodiscard]] const std::vector<SearchTerm>& terms() const noexcept { return terms_; }
    [[nodiscard]] Combine combine() const noexcept { return combine_; }
    /// False where the index rules out that the frame has such an event.
    [[nodiscard]] bool may_hold(const journal_files::FrameIndex& index) const noexcept;

private:
    std::vector<SearchTerm> terms_;
    Combine combine_ = Combine::all;
};

/// Asks a Match of lines. One thread at a time; the Match outlives it. Survives any bytes.
class Matcher {
public:
    explicit Matcher(const Match& match);

    /// False too of a line that is no JSON object. `line` must have kReadableBehind readable bytes behind it.
    [[nodiscard]] bool matches(std::string_view line);

private:
    const Match& match_;
    EventLine line_;
    bool has_words_ = false;
    std::vector<std::pair<std::string, JsonText>> fields_;
};

}  // namespace wideline::read
