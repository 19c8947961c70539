#include "forward/target_section.hpp"

namespace wideline::delivery {

Secret read_secret(const config::Section& section) {
    if (section.json().is_string())
        section.refuse("a credential does not stand in the file: write {\"env\": \"NAME\"} or {\"file\": \"PATH\"}");
    section.allow({"env", "file"});
    if (section.has("env") == section.has("file")) section.refuse("either \"env\" or \"file\" is expected here");
    return section.has("env") ? secret_from_env(section.at("env").text()) : secret_from_file(section.at("file").text());
}

forward::Tls read_tls(const config::Section& section) {
    section.allow({"ca", "certificate", "key", "server_name", "verify"});
    forward::Tls tls;
    if (section.has("ca")) tls.ca = section.at("ca").text();
    if (section.has("certificate")) tls.certificate = section.at("certificate").text();
    if (section.has("key")) tls.key = section.at("key").text();
    if (section.has("server_name")) tls.server_name = section.at("server_name").text();
    if (section.has("verify")) tls.verify = section.at("verify").boolean();
    return tls;
}

forward::Limits read_limits(const config::Section& section) {
    section.allow({"bytes", "events", "requests_per_second"});
    forward::Limits limits;
    if (section.has("bytes")) limits.bytes = section.at("bytes").whole();
    if (section.has("events")) limits.events = section.at("events").whole();
    if (section.has("requests_per_second")) limits.requests_per_second = section.at("requests_per_second").number();
    if (limits.requests_per_second < 0) section.refuse("requests_per_second must not be negative");
    return limits;
}

std::map<std::string, std::string> read_texts(const config::Section& section) {
    if (!section.json().is_object()) section.refuse("an object is expected here");
    std::map<std::string, std::string> texts;
    for (const auto& [key, value] : section.json().items()) {
        if (value.is_string()) {
            texts[key] = value.get<std::string>();
        } else if (value.is_number() || value.is_boolean()) {
            texts[key] = value.dump();
        } else {
            section.at(key).refuse("a text, a number, true or false is expected here");
        }
    }
    return texts;
}

}  // namespace wideline::delivery
