#include "forward/source/event_choice.hpp"

namespace wideline::delivery {

platform::Result<Choice> choice_of(const Forward& forward) {
    auto match = read::Match::parse(forward.where, forward.any ? read::Match::Combine::any : read::Match::Combine::all);
    if (!match.ok()) return match.failure();
    Choice choice{std::move(match.value()), {}};
    if (forward.errors) choice.bounds.outcome = read::Selection::Bounds::Outcome::failed;
    return choice;
}

}  // namespace wideline::delivery
