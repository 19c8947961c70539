// A fuzzer's bytes as choices: what is made of them by a grammar is right more often than the bytes are.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace wideline::testing_fuzz {

class Choices {
public:
    Choices(const std::uint8_t* data, std::size_t size) : bytes_(reinterpret_cast<const char*>(data), size) {}

    [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }
    /// From 0 to below `below`, which is 256 at most; 0 where the bytes are used up.
    std::size_t pick(std::size_t below) noexcept {
        if (bytes_.empty()) return 0;
        const auto byte = static_cast<unsigned char>(bytes_.front());
        bytes_.remove_prefix(1);
        return byte % below;
    }
    std::string_view one_of(std::initializer_list<std::string_view> texts) noexcept {
        return texts.begin()[pick(texts.size())];
    }
    /// Bytes as they come, `most` of them at most.
    std::string_view bytes(std::size_t most) noexcept {
        const std::string_view taken = bytes_.substr(0, pick(most + 1));
        bytes_.remove_prefix(taken.size());
        return taken;
    }
    std::string_view rest() noexcept { return std::exchange(bytes_, {}); }

private:
    std::string_view bytes_;
};

}  // namespace wideline::testing_fuzz
