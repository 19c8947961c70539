#include "forward/masked.hpp"

#include <exception>

namespace wideline::delivery {

std::string masked(std::string text, const std::vector<Secret>& secrets) {
    if (text.empty()) return text;  // and no file is read for it
    for (const Secret& secret : secrets) {
        std::string value;
        try {
            value = secret.reveal();
        } catch (const std::exception&) {
            continue;
        }
        if (value.empty()) continue;
        for (std::size_t at = text.find(value); at != std::string::npos; at = text.find(value, at + 3))
            text.replace(at, value.size(), "***");
    }
    return text;
}

}  // namespace wideline::delivery
