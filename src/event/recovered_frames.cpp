#include "event/recovered_frames.hpp"

#ifndef XXH_INLINE_ALL
#define XXH_INLINE_ALL
#endif
#include <xxhash.h>

#include <algorithm>
#include <tuple>

namespace wideline::detail {
namespace {

std::vector<const FramePart*> parts_in(const ArenaFile& file) {
    std::vector<const FramePart*> parts;
    const std::size_t bytes = file.shared_bytes();
    for (std::uint32_t at = 0; at < file.heads(); ++at) {
        const std::size_t number = file.head(at);
        const std::size_t offset = number == 0 ? bytes : (number - 1) * ArenaMemory::kBlockBytes;
        if (offset > bytes || bytes - offset < ArenaPool::kSmallest) continue;
        const auto& arena = *reinterpret_cast<const ArenaHeader*>(file.blocks() + offset);
        if (arena.stage == Stage::frame) parts.push_back(&FramePart::in(arena));
    }
    std::sort(parts.begin(), parts.end(), [](const FramePart* one, const FramePart* other) {
        return std::tie(one->sequence, one->number) < std::tie(other->sequence, other->number);
    });
    return parts;
}

bool is_whole(const RecoveredFrames::Frame& frame) {
    const FramePart& first = *frame.parts.front();
    if (frame.parts.size() != FramePart::parts_of(first.bytes)) return false;
    for (std::size_t number = 0; number < frame.parts.size(); ++number)
        if (frame.parts[number]->number != number || frame.parts[number]->bytes != first.bytes) return false;
    const std::string bytes = frame.bytes();
    return XXH3_64bits(bytes.data(), bytes.size()) == first.hash;
}

}  // namespace

std::string RecoveredFrames::Frame::bytes() const {
    std::string bytes;
    bytes.reserve(parts.front()->bytes);
    for (const FramePart* const part : parts) bytes.append(reinterpret_cast<const char*>(part->data()), part->size());
    return bytes;
}

RecoveredFrames::RecoveredFrames(const ArenaFile& file) {
    const std::vector<const FramePart*> parts = parts_in(file);
    for (auto begin = parts.begin(); begin != parts.end();) {
        const auto end = std::find_if(begin, parts.end(),
                                      [&](const FramePart* part) { return part->sequence != (*begin)->sequence; });
        Frame frame{(*begin)->sequence, {begin, end}};
        if (is_whole(frame)) frames_.push_back(std::move(frame));
        begin = end;
    }
}

}  // namespace wideline::detail
