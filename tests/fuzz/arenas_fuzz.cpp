// Any bytes in a dead process's arenas: what is recovered of them are lines of JSON.
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "event/recovered_arenas.hpp"
#include "pipeline/event_encoder.hpp"
#include "pipeline/event_form.hpp"
#include "pipeline/frame_batch.hpp"

using namespace wideline;

namespace {

constexpr std::size_t kBlocks = 16;
constexpr std::size_t kHeads = 8;

/// Its name is gone at once, so that nothing is left behind.
std::unique_ptr<detail::ArenaFile> new_arenas() {
    const std::string path = "/tmp/wideline-fuzz-" + std::to_string(::getpid());
    auto& files = platform::FileSystem::real();
    auto made = detail::ArenaFile::create(files, path, kBlocks * detail::ArenaMemory::kBlockBytes, 1, "{}");
    if (!made.ok() || !files.remove(path).ok()) std::abort();
    if (!made.value()->reserve(kBlocks * detail::ArenaMemory::kBlockBytes)) std::abort();
    return std::move(made.value());
}

}  // namespace

/// The first bytes say in which block each event begins; the others fill the blocks.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::unique_ptr<detail::ArenaFile> arenas = new_arenas();
    if (size < kHeads) return 0;
    for (std::uint32_t event = 0; event < kHeads; ++event) arenas->note_head(event, data[event] % (kBlocks + 2));
    std::memset(arenas->blocks(), 0, arenas->size());
    std::memcpy(arenas->blocks(), data + kHeads, std::min(size - kHeads, arenas->size()));

    const detail::RecoveredArenas left(*arenas);
    pipeline::EventForm form = pipeline::parse_form({});
    if (form.rules.empty()) form.rules.emplace_back("error");
    pipeline::EventEncoder encoder(form.options, form.service, form.rules);
    pipeline::FrameBatch batch(1, std::size_t{1} << 20);
    for (detail::OpenEvent* const event : left.events()) {
        if (event->fate().rule >= form.rules.size()) event->fate().rule = 0;
        batch.lines().cut(0);
        encoder.encode(*event, batch.lines());
        const std::string_view line = batch.lines().view();
        if (line.ends_with('\n') && nlohmann::json::accept(line)) continue;
        std::fwrite(line.data(), 1, line.size(), stderr);
        std::abort();
    }
    return 0;
}
