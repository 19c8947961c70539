// What all targets have in common in a configuration file.
#pragma once

#include <map>
#include <string>

#include <wideline/forward.hpp>

#include "config/json_section.hpp"

namespace wideline::delivery {

/// {"env": "NAME"} or {"file": "PATH"}. A credential that stands in the file is refused.
[[nodiscard]] WIDELINE_EXPORT Secret read_secret(const config::Section& section);
[[nodiscard]] WIDELINE_EXPORT forward::Tls read_tls(const config::Section& section);
[[nodiscard]] WIDELINE_EXPORT forward::Limits read_limits(const config::Section& section);
/// What the options of all targets that speak HTTP have. `url` must be there.
template <class Options>
void read_common(const config::Section& section, Options& options) {
    if (section.has("name")) options.name = section.at("name").text();
    options.url = section.at("url").text();
    if (section.has("user")) options.user = section.at("user").text();
    if (section.has("password")) options.password = read_secret(section.at("password"));
    if (section.has("omit")) options.omit = section.at("omit").texts();
    if (section.has("tls")) options.tls = read_tls(section.at("tls"));
    if (section.has("proxy")) options.proxy = section.at("proxy").text();
    if (section.has("compression")) options.compression = section.at("compression").text();
    if (section.has("limits")) options.limits = read_limits(section.at("limits"));
    if (section.has("plain")) options.plain = section.at("plain").boolean();
}
/// The same options as a Target tells of them; `secrets` and `linger` are the target's own.
template <class Options>
[[nodiscard]] Target::Description describe(const char* backend, const Options& options) {
    Target::Description description;
    description.name = options.name;
    description.backend = backend;
    description.address = options.url;
    description.omit = options.omit;
    description.limits = options.limits;
    description.insecure = !options.tls.verify;
    return description;
}
/// An object of texts, numbers, true and false.
[[nodiscard]] WIDELINE_EXPORT std::map<std::string, std::string> read_texts(const config::Section& section);

}  // namespace wideline::delivery
