#include "config/redact_section.hpp"

#include <stdexcept>

#include <wideline/secret.hpp>

namespace wideline::config {
namespace {

Secret read_secret(const Section& section) {
    if (section.json().is_string())
        section.refuse(
            "a secret is not written here: name where it is, as {\"env\": \"NAME\"} or {\"file\": \"PATH\"}");
    section.allow({"env", "file"});
    if (section.has("env") == section.has("file"))
        section.refuse("a secret is named by \"env\" or by \"file\", and not by both");
    const Section where = section.at(section.has("env") ? "env" : "file");
    if (where.text().empty()) where.refuse("a name is expected here");
    return section.has("env") ? secret_from_env(where.text()) : secret_from_file(where.text());
}

Detect read_detect(const Section& section) {
    const std::string name = section.text();
    if (name == "emails") return Detect::emails;
    if (name == "cards") return Detect::cards;
    if (name == "tokens") return Detect::tokens;
    if (name == "ibans") return Detect::ibans;
    section.refuse("\"emails\", \"cards\", \"tokens\" or \"ibans\" is expected here");
}

/// What the builder refuses is said of the place where it stands.
template <class Add>
void add(const Section& where, Add add_to) {
    try {
        add_to();
    } catch (const std::invalid_argument& refusal) {
        where.refuse(refusal.what());
    }
}

template <class Add>
void add_patterns(const Section& section, std::string_view key, Add add_one) {
    if (!section.has(key)) return;
    for (const Section& item : section.at(key).items()) add(item, [&] { add_one(item.text()); });
}

}  // namespace

Redaction read_redaction(const Section& section) {
    section.allow({"defaults", "remove", "mask", "hash", "detect", "allow"});
    Redaction redaction =
        section.has("defaults") && !section.at("defaults").boolean() ? Redaction::none() : Redaction{};
    add_patterns(section, "remove", [&](const std::string& pattern) { redaction.remove(pattern); });
    add_patterns(section, "mask", [&](const std::string& pattern) { redaction.mask(pattern); });
    if (section.has("hash"))
        for (const Section& one : section.at("hash").items()) {
            one.allow({"keys", "secret"});
            const Secret secret = read_secret(one.at("secret"));
            (void)one.at("keys");
            add_patterns(one, "keys", [&](const std::string& pattern) { redaction.hash(pattern, secret); });
        }
    if (section.has("detect"))
        for (const Section& item : section.at("detect").items()) redaction.detect({read_detect(item)});
    add_patterns(section, "allow", [&](const std::string& pattern) { redaction.allow(pattern); });
    return redaction;
}

}  // namespace wideline::config
