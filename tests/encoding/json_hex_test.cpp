#include <array>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "catch.hpp"
#include "encoding/json_hex.hpp"

using namespace wideline::json_text;

namespace {

std::string written(const std::vector<std::uint8_t>& bytes) {
    std::string room(hex_bound(bytes.size()) + 8, '\x5a');
    const char* const end = write_hex(room.data(), bytes);
    if (room.substr(hex_bound(bytes.size())) != std::string(8, '\x5a')) return "wrote past the bound";
    return room.substr(0, static_cast<std::size_t>(end - room.data()));
}

}  // namespace

TEST_CASE("Bytes of any number come out as two lower-case digits each", "[json_text]") {
    std::mt19937_64 random{23};
    for (std::size_t size = 0; size <= 33; ++size) {
        for (int round = 0; round < 300; ++round) {
            std::vector<std::uint8_t> bytes(size);
            for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
            std::string expected;
            for (const auto byte : bytes) {
                char two[3];
                std::snprintf(two, sizeof two, "%02x", byte);
                expected += two;
            }
            if (written(bytes) != expected) FAIL(written(bytes) << " in place of " << expected);
        }
    }
}

TEST_CASE("A UUID comes out in its groups of 8, 4, 4, 4 and 12 digits", "[json_text]") {
    const std::array<std::uint8_t, 16> bytes = {0x01, 0x93, 0x2f, 0x5e, 0x7a, 0x1b, 0x7c, 0x3d,
                                                0x8e, 0x4f, 0x5a, 0x6b, 0x7c, 0x8d, 0x9e, 0x0f};
    char room[kUuidBound + 1] = {};
    CHECK(write_uuid(room, bytes) == room + kUuidBound);
    CHECK(std::string(room) == "01932f5e-7a1b-7c3d-8e4f-5a6b7c8d9e0f");
}
