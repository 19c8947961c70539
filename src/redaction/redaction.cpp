#include <wideline/redaction.hpp>

#include <stdexcept>

namespace wideline {
namespace {

constexpr std::size_t kMostPatternBytes = 1024;
constexpr std::size_t kMostRules = 1000;

}  // namespace

Redaction Redaction::none() {
    Redaction none;
    none.defaults_ = false;
    return none;
}

void Redaction::add(Action action, Text pattern, Secret secret) {
    if (pattern.empty()) throw std::invalid_argument("Redaction: a pattern must not be empty");
    if (pattern.size() > kMostPatternBytes)
        throw std::invalid_argument("Redaction: the pattern \"" + std::string(pattern.substr(0, 32)) +
                                    "…\" is longer than 1,024 bytes");
    if (rules_.size() == kMostRules)
        throw std::invalid_argument("Redaction: the pattern \"" + std::string(pattern) + "\" is one more than 1,000");
    rules_.push_back({action, std::string(pattern), std::move(secret)});
}

Redaction& Redaction::remove(Text pattern) & {
    add(Action::remove, pattern, {});
    return *this;
}
Redaction Redaction::remove(Text pattern) && { return std::move(remove(pattern)); }

Redaction& Redaction::mask(Text pattern) & {
    add(Action::mask, pattern, {});
    return *this;
}
Redaction Redaction::mask(Text pattern) && { return std::move(mask(pattern)); }

Redaction& Redaction::hash(Text pattern, Secret secret) & {
    if (!secret) throw std::invalid_argument("Redaction: the hash of \"" + std::string(pattern) + "\" needs a secret");
    add(Action::hash, pattern, std::move(secret));
    return *this;
}
Redaction Redaction::hash(Text pattern, Secret secret) && { return std::move(hash(pattern, std::move(secret))); }

Redaction& Redaction::detect(std::vector<Detect> what) & {
    for (const Detect one : what) detects_ = static_cast<std::uint8_t>(detects_ | 1U << static_cast<unsigned>(one));
    return *this;
}
Redaction Redaction::detect(std::vector<Detect> what) && { return std::move(detect(std::move(what))); }

Redaction& Redaction::allow(Text pattern) & {
    add(Action::allow, pattern, {});
    return *this;
}
Redaction Redaction::allow(Text pattern) && { return std::move(allow(pattern)); }

}  // namespace wideline
