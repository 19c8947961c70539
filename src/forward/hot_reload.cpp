#include "forward/hot_reload.hpp"

#include "config/config_file.hpp"

namespace wideline::delivery {

HotReload::HotReload(std::string path) : path_(std::move(path)), loaded_(text()) {}

std::optional<std::string> HotReload::text() const {
    if (path_.empty()) return std::nullopt;
    auto read = config::read_text(path_);
    return read.ok() ? std::optional(std::move(read.value())) : std::nullopt;
}

std::optional<std::string> HotReload::changed(std::int64_t now_ns) {
    constexpr std::int64_t kSecond = 1'000'000'000;
    if (path_.empty() || now_ns - looked_ns_ < kSecond) return std::nullopt;
    looked_ns_ = now_ns;
    auto found = text();
    if (!found || found == loaded_) {
        seen_.reset();
        return std::nullopt;
    }
    if (found != seen_) {
        seen_ = std::move(found);
        return std::nullopt;
    }
    loaded_ = std::exchange(seen_, std::nullopt);
    return loaded_;
}

}  // namespace wideline::delivery
