// Which events a forward sends: asked of a frame's index first, and of each line only if the index cannot say.
#pragma once

#include <optional>
#include <string_view>

#include <wideline/forward.hpp>

#include "journal/frame_index.hpp"
#include "platform/status.hpp"
#include "read/line_filter.hpp"
#include "read/match.hpp"
#include "read/selection.hpp"

namespace wideline::delivery {

/// What a forward asks of events. Immutable; any number of threads.
struct Choice {
    read::Match match;
    read::Selection::Bounds bounds;
};
/// Fails with a sentence about an expression.
[[nodiscard]] platform::Result<Choice> choice_of(const Forward& forward);

/// One thread at a time; the Choice outlives it.
class EventChooser {
public:
    explicit EventChooser(const Choice& choice)
        : choice_(choice), matcher_(choice.match), selection_(choice.bounds), everything_(takes_everything()) {}

    [[nodiscard]] bool may_have_any(const journal_files::FrameIndex& index) const {
        return choice_.match.may_hold(index) && selection_.of(&index) != read::Share::none;
    }
    /// kReadableBehind bytes after `line` can be read.
    [[nodiscard]] bool takes(std::string_view line) {
        if (everything_) return true;
        if (!choice_.match.terms().empty() && !matcher_.matches(line)) return false;
        return selection_.takes_everything() || selection_.takes(line).value_or(false);
    }

private:
    [[nodiscard]] bool takes_everything() const {
        return choice_.match.terms().empty() && selection_.takes_everything();
    }

    const Choice& choice_;
    read::Matcher matcher_;
    read::Selection selection_;
    bool everything_;
};

}  // namespace wideline::delivery
