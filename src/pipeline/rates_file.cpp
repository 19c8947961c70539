#include "pipeline/rates_file.hpp"

#include <unistd.h>

#include <array>

namespace wideline::pipeline {

namespace {

constexpr std::size_t kMostBytes = std::size_t{64} << 20;  // a hundred rules of ten thousand keys are half of it

bool is_plain(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

}  // namespace

std::string hidden_path(const std::string& directory, std::string_view what, std::string_view service) {
    if (directory.empty()) return {};
    std::string path = directory + "/.wideline-" + std::string(what) + '-';
    constexpr std::size_t kMostOfName = 64;
    for (const char c : service.substr(0, kMostOfName)) path += is_plain(c) ? c : '_';
    return path;
}

RatesFile::RatesFile(const std::string& directory, std::string_view service, platform::FileSystem& files)
    : path_(hidden_path(directory, "rates", service)), files_(files) {
    if (!path_.empty()) path_ += ".json";
}

std::string RatesFile::read() const {
    if (path_.empty()) return {};
    auto file = files_.open(path_);
    if (!file.ok()) return {};
    std::string text;
    std::array<char, 1 << 14> part{};
    for (;;) {
        const auto bytes = file.value()->read(part);
        if (!bytes.ok() || text.size() > kMostBytes) return {};
        if (bytes.value() == 0) return text;
        text.append(part.data(), bytes.value());
    }
}

void RatesFile::write(std::string_view text) const {
    if (path_.empty()) return;
    const std::string fresh = path_ + '.' + std::to_string(::getpid());
    auto file = files_.create(fresh);
    if (!file.ok()) {  // perhaps one that was not finished
        if (!files_.remove(fresh).ok()) return;
        file = files_.create(fresh);
        if (!file.ok()) return;
    }
    const bool written = file.value()->append(text).ok() && file.value()->close().ok();
    if (!written || !files_.rename(fresh, path_).ok()) static_cast<void>(files_.remove(fresh));
}

}  // namespace wideline::pipeline
