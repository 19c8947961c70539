// Any text through the detectors: none reads outside of it, the quick look misses nothing, and what is written from
// JSON is JSON again.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "redaction/redacted_json.hpp"

using namespace wideline;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const redaction::Redactor redactor(
        Redaction{}
            .mask("user.*")
            .remove("**.x")
            .hash("mail", secret("pepper"))
            .detect({Detect::emails, Detect::cards, Detect::tokens, Detect::ibans}));
    // In memory of its own size, so that a sanitizer sees what is read behind it.
    const std::unique_ptr<char[]> exact(new char[size]);
    std::copy(data, data + size, exact.get());
    const std::string_view text(exact.get(), size);
    redaction::Taken taken;
    std::string slow(text);
    const bool suspected = redactor.suspects(text);
    if (redactor.redact(slow, false, taken) && !suspected) std::abort();
    if (nlohmann::json::accept(text)) {
        const std::string json = redaction::redacted_json(redactor, text, redactor.of("user"), "user", taken);
        if (!nlohmann::json::accept(json)) std::abort();
    }
    return 0;
}
