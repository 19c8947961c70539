// segment_of_lines PATH LINES [RUN] <FILE: writes the lines of FILE, whatever they are, into a closed segment with
// indexes, that many in a frame, numbered as frames of the run, if there is one. Every frame has a filter, also one
// that is so small that a journal would give it none.
#include <zstd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <string>
#include <utility>

#include "journal/segment_writer.hpp"
#include "read/byte_window.hpp"
#include "read/rebuilt_index.hpp"

using namespace wideline;

namespace {

std::string compressed(const std::string& lines) {
    std::string frame(ZSTD_compressBound(lines.size()), '\0');
    ZSTD_CCtx* const context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    frame.resize(ZSTD_compress2(context, frame.data(), frame.size(), lines.data(), lines.size()));
    ZSTD_freeCCtx(context);
    return frame;
}

class Frames {
public:
    Frames(journal_files::SegmentWriter& writer, std::uint64_t run) : writer_(writer), run_(run) {}

    bool add(std::string lines) {
        constexpr std::size_t kAsIfCompressed = std::size_t{1} << 20;  // What a filter has room for.
        const std::size_t size = lines.size();
        const std::string frame = compressed(lines);
        lines.append(read::kReadableBehind, '\0');
        const std::string_view padded = std::string_view(lines).substr(0, size);
        auto index = rebuilder_.rebuilt(padded, frame);
        index.stream = run_;
        if (run_ != 0) index.sequence = sequence_++;
        index.pair_filter = journal_files::filter_of(filter_, padded, {}, kAsIfCompressed);
        return writer_.append(index, frame).ok();
    }

private:
    journal_files::SegmentWriter& writer_;
    std::uint64_t run_;
    read::IndexRebuilder rebuilder_;
    journal_files::PairFilterBuilder filter_;
    std::uint64_t sequence_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    const std::string path = argv[1];
    const int most = std::atoi(argv[2]);
    auto file = platform::FileSystem::real().create(path);
    if (!file.ok()) return 1;
    journal_files::SegmentWriter writer(std::move(file.value()), path, Durability::process);
    Frames frames(writer, argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 0);
    std::string lines;
    int count = 0;
    for (std::string line; std::getline(std::cin, line);) {
        lines += line + "\n";
        if (++count % most != 0) continue;
        if (!frames.add(std::exchange(lines, {}))) return 1;
    }
    if (!lines.empty() && !frames.add(lines)) return 1;
    return writer.close().ok() ? 0 : 1;
}
