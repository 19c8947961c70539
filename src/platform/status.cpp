#include "platform/status.hpp"

#include <system_error>

namespace wideline::platform {
namespace {

std::string sentence_without_reason(const Failure& failure) {
    std::string text = failure.what;
    if (!failure.path.empty()) text += " " + failure.path;
    if (failure.offset) text += " at byte " + std::to_string(*failure.offset);
    return text;
}

}  // namespace

std::string Failure::sentence() const {
    std::string text = sentence_without_reason(*this);
    if (error_number != 0) text += ": " + std::generic_category().message(error_number);
    return text;
}

void Failure::raise() const {
    throw std::system_error(error_number, std::generic_category(), sentence_without_reason(*this));
}

}  // namespace wideline::platform
