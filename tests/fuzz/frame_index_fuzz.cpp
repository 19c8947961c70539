// Any bytes are decoded or refused; what is decoded is encoded to what decodes as the same.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "encoding/pair_hash.hpp"
#include "journal/frame_index.hpp"
#include "journal/little_endian.hpp"
#include "journal/pair_filter.hpp"
#include "journal/seek_table.hpp"

using namespace wideline::journal_files;

namespace {

void decode(std::string_view payload) {
    const auto decoded = decode_index(payload);
    const auto* const index = std::get_if<FrameIndex>(&decoded);
    if (index == nullptr) return;
    (void)may_contain(index->pair_filter, "status", "200");
    std::string again;
    append_index_frame(again, *index);
    const auto same = decode_index(std::string_view(again).substr(kSkippableHeaderBytes));
    if (!std::holds_alternative<FrameIndex>(same)) std::abort();
    std::string third;
    append_index_frame(third, std::get<FrameIndex>(same));
    if (third != again) std::abort();  // Compared as bytes: a weight that is no number is not equal to itself.
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    decode(bytes);
    (void)decode_seek_table(bytes);
    // No fuzzer finds a hash.
    std::string hashed(bytes.substr(0, size < 8 ? 0 : size - 8));
    append_little_endian(hashed, hash_of(hashed));
    decode(hashed);
    return 0;
}
