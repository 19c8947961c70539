// Any bytes are a segment that is read to its end and repaired: no whole frame is lost by a repair, nothing damaged is
// left, and a second one finds nothing to do. A refused repair changes nothing.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "journal/simulated_disk.hpp"
#include "read/segment_reader.hpp"
#include "read/segment_repair.hpp"

using namespace wideline;

namespace {

const std::string kPath = "/logs/a.jsonl.zst";

struct Frames {
    std::vector<std::string> whole;
    bool damaged = false;
};

Frames read_all(testing_journal::SimulatedDisk& disk) {
    Frames frames;
    const auto reader = read::SegmentReader::open(disk, kPath);
    if (!reader.ok()) return frames;
    std::uint64_t before = 0;
    while (const auto piece = reader.value()->next()) {
        if (piece->kind == read::Piece::Kind::lines && !piece->frame.empty()) frames.whole.emplace_back(piece->frame);
        if (piece->kind == read::Piece::Kind::damage) frames.damaged = true;
        if (piece->kind != read::Piece::Kind::damage && piece->offset < before) std::abort();
        before = piece->offset;
    }
    return frames;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    testing_journal::SimulatedDisk disk;
    if (!disk.make_directory("/logs").ok()) std::abort();
    disk.write(kPath, bytes);
    const Frames before = read_all(disk);
    const auto repaired = read::repair_segment(kPath, disk);
    if (!repaired.ok()) {
        if (disk.contents(kPath) != bytes) std::abort();
        return 0;
    }
    const Frames after = read_all(disk);
    if (after.whole != before.whole || after.damaged) std::abort();
    const std::string once = disk.contents(kPath);
    const auto again = read::repair_segment(kPath, disk);
    if (!again.ok() || again.value().changed || disk.contents(kPath) != once) std::abort();
    return 0;
}
