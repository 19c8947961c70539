#include "event/arena_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <wideline/detail/arena.hpp>

#include "event/arena_copy.hpp"

namespace wideline::detail {

using platform::Failure;
using platform::Result;
using platform::Status;

namespace {

constexpr std::uint64_t kMagic = 0x73616e6572616c77;  // "wlarenas" in the file of a little-endian machine
constexpr std::uint32_t kVersion = 2;
/// Before that, frames did not wait in the file, and all of it was shared.
constexpr std::uint32_t kOldestVersion = 1;
/// For as many rules again as there were at first, and some.
constexpr std::size_t kLeastFormRoom = std::size_t{64} << 10;
/// How much more a request takes when nobody reserved ahead of it: a request waits while the system clears it.
constexpr std::size_t kStep = std::size_t{256} << 10;

}  // namespace

struct ArenaFile::Head {
    std::uint64_t magic;  // written last
    std::uint32_t version;
    std::uint32_t header_bytes;  // of an arena: another layout is another version
    std::uint64_t stream;
    std::uint64_t block_bytes;
    std::uint32_t form_room;  // bytes for each of the two
    std::uint32_t most_heads;
    std::uint64_t form;  // which of the two: 1 │ unused: 31 │ its bytes: 32; the other one is being written
    std::uint32_t heads;
    std::uint32_t shared_blocks;  // 0: all of them; else those after them are not in the file
    std::int64_t alive_ns;
};

namespace {

struct Layout {
    std::uint64_t table;
    std::uint64_t blocks;
};

constexpr std::uint64_t kPage = ArenaMemory::kBlockBytes;

std::uint32_t room_for(std::string_view form) {
    return static_cast<std::uint32_t>(std::max(2 * form.size(), kLeastFormRoom));
}

constexpr std::uint64_t pages(std::uint64_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

Layout layout(std::uint64_t form_room, std::uint64_t most_heads) {
    const std::uint64_t table = kPage + pages(2 * form_room);
    return {table, table + pages(most_heads * sizeof(std::uint32_t))};
}

}  // namespace

ArenaFile::ArenaFile(std::unique_ptr<platform::File> file, platform::MappedMemory mapping, std::size_t before)
    : ArenaMemory(std::move(mapping), before), file_(std::move(file)), before_blocks_(before) {}

ArenaFile::Head& ArenaFile::at_start() const noexcept { return *reinterpret_cast<Head*>(mapping_.data()); }

std::uint32_t* ArenaFile::table() const noexcept {
    const Head& head = at_start();
    return reinterpret_cast<std::uint32_t*>(mapping_.data() + layout(head.form_room, head.most_heads).table);
}

std::uint64_t ArenaFile::bytes_for(std::size_t block_bytes, std::string_view form) {
    return layout(room_for(form), block_bytes / kBlockBytes).blocks + whole_blocks(block_bytes);
}

Result<std::unique_ptr<ArenaFile>> ArenaFile::create(platform::FileSystem& files, const std::string& path,
                                                     std::size_t block_bytes, std::uint64_t stream,
                                                     std::string_view form) {
    auto made = files.create_private(path);
    if (!made.ok()) return made.failure();
    std::unique_ptr<platform::File> file = std::move(made.value());
    const auto refuse = [&](Failure failure) {
        (void)files.remove(path);
        return failure;
    };
    const auto locked = file->try_lock();
    if (!locked.ok()) return refuse(locked.failure());
    if (!locked.value()) return refuse({"somebody else has locked", path, {}, EWOULDBLOCK});

    block_bytes = whole_blocks(block_bytes);
    const std::uint64_t most_heads = block_bytes / kBlockBytes;
    const Layout at = layout(room_for(form), most_heads);
    if (Status sized = file->truncate(at.blocks + block_bytes); !sized.ok()) return refuse(sized.failure());
    if (Status there = file->allocate(0, at.blocks); !there.ok()) return refuse(there.failure());
    auto mapping = file->map(at.blocks + block_bytes);
    if (!mapping.ok()) return refuse(mapping.failure());

    std::unique_ptr<ArenaFile> arenas(
        new ArenaFile(std::move(file), std::move(mapping.value()), static_cast<std::size_t>(at.blocks)));
    Head& head = arenas->at_start();
    head.version = kVersion;
    head.header_bytes = sizeof(ArenaHeader);
    head.stream = stream;
    head.block_bytes = block_bytes;
    head.form_room = room_for(form);
    head.most_heads = static_cast<std::uint32_t>(most_heads);
    arenas->note_form(form);
    std::atomic_ref<std::uint64_t>(head.magic).store(kMagic, std::memory_order_release);
    if (!arenas->grow_to(std::min(kStep, block_bytes))) return refuse({"no space for arenas in", path, {}, ENOSPC});
    return arenas;
}

Result<std::unique_ptr<ArenaFile>> ArenaFile::open(platform::FileSystem& files, const std::string& path) {
    auto opened = files.open_private(path);
    if (!opened.ok()) return opened.failure();
    std::unique_ptr<platform::File> file = std::move(opened.value());
    const auto locked = file->try_lock();
    if (!locked.ok()) return locked.failure();
    if (!locked.value()) return Failure{"its process lives:", path, {}, EWOULDBLOCK};
    const auto state = file->state();
    if (!state.ok()) return state.failure();
    // Another may have recovered and removed it before we had the lock.
    if (!state.value().in_place) return Failure{"somebody else recovered", path, {}, ENOENT};
    const Failure none{"no arenas of this version of wideline are in", path, {}, EBADMSG};
    if (state.value().bytes < kPage) return none;
    auto mapping = file->map(state.value().bytes);
    if (!mapping.ok()) return mapping.failure();

    const auto& head = *reinterpret_cast<const Head*>(mapping.value().data());
    if (!is_whole(head, state.value().bytes)) return none;
    const auto before = static_cast<std::size_t>(layout(head.form_room, head.most_heads).blocks);
    return std::unique_ptr<ArenaFile>(new ArenaFile(std::move(file), std::move(mapping.value()), before));
}

bool ArenaFile::is_whole(const Head& head, std::uint64_t bytes) noexcept {
    const bool ours = head.magic == kMagic && head.version >= kOldestVersion && head.version <= kVersion &&
                      head.header_bytes == sizeof(ArenaHeader);
    return ours && head.block_bytes % kBlockBytes == 0 && head.block_bytes / kBlockBytes == head.most_heads &&
           layout(head.form_room, head.most_heads).blocks + head.block_bytes == bytes && head.heads <= head.most_heads;
}

Result<std::unique_ptr<ArenaFile>> ArenaFile::copy_open(platform::File& file, const std::string& path) {
    const auto state = file.state();
    if (!state.ok()) return state.failure();
    const Failure none{"no arenas of this version of wideline are in", path, {}, EBADMSG};
    PlacedReader reader(file);
    Head head{};
    if (state.value().bytes < kPage || !reader.read(0, &head, sizeof head) || !is_whole(head, state.value().bytes))
        return none;
    platform::MappedMemory image(static_cast<std::size_t>(state.value().bytes));
    const auto before = static_cast<std::size_t>(layout(head.form_room, head.most_heads).blocks);
    // A form that changes while it is read is read again: the other of the two is then the one that holds.
    for (std::uint64_t form = ~head.form; form != head.form;) {
        form = head.form;
        if (!reader.read(0, image.data(), before) || !reader.read(0, &head, sizeof head)) return none;
    }
    if (!is_whole(head, state.value().bytes)) return none;
    std::memcpy(image.data(), &head, sizeof head);
    std::unique_ptr<ArenaFile> copy(new ArenaFile(nullptr, std::move(image), before));
    ArenaCopier copier(reader, before, copy->blocks(), copy->shared_bytes());
    for (std::uint32_t event = 0; event < copy->heads(); ++event) copier.copy_event(copy->head(event));
    return copy;
}

bool ArenaFile::reserve(std::size_t bytes) noexcept {
    if (bytes <= reserved_.load(std::memory_order_acquire)) [[likely]]
        return true;
    return grow_to(std::min((bytes + kStep - 1) / kStep * kStep, size()));
}

void ArenaFile::reserve_ahead(std::size_t bytes) noexcept {
    if (bytes > reserved_.load(std::memory_order_relaxed)) static_cast<void>(grow_to(bytes));
}

/// One thread at a time: what another already writes to must not become other memory.
bool ArenaFile::grow_to(std::size_t bytes) noexcept {
    if (disowned_) return true;  // zeros that are this process's alone
    const std::lock_guard lock(growing_);
    const std::size_t reserved = reserved_.load(std::memory_order_relaxed);
    if (bytes <= reserved) return true;
    try {
        Status there = file_->allocate(before_blocks_ + reserved, bytes - reserved);
        if (there.ok()) {
            reserved_.store(bytes, std::memory_order_release);
            return true;
        }
        cannot_grow_ = there.failure();
    } catch (const std::bad_alloc&) {
        cannot_grow_ = {};  // it had no room for its sentence
    }
    if (reserved == 0 || !mapping_.clear_from(before_blocks_ + reserved)) return false;
    std::atomic_ref<std::uint32_t>(at_start().shared_blocks)
        .store(static_cast<std::uint32_t>(reserved / kBlockBytes), std::memory_order_release);
    reserved_.store(size(), std::memory_order_release);
    return true;
}

std::string ArenaFile::trouble() const {
    if (disowned_ || shared_bytes() == size()) return {};
    const std::lock_guard lock(growing_);
    const std::string why = cannot_grow_.what.empty() ? "no memory to ask for more" : cannot_grow_.sentence();
    return why + ": what is kept in memory past " + std::to_string(shared_bytes() >> 20) +
           " MiB does not outlive the process";
}

std::size_t ArenaFile::shared_bytes() const noexcept {
    const std::uint32_t blocks =
        std::atomic_ref<std::uint32_t>(at_start().shared_blocks).load(std::memory_order_acquire);
    return blocks == 0 ? size() : std::min<std::size_t>(std::size_t{blocks} * kBlockBytes, size());
}

void ArenaFile::note_head(std::uint32_t event, std::uint32_t block) noexcept {
    Head& head = at_start();
    if (event >= head.most_heads) return;
    std::atomic_ref<std::uint32_t>(table()[event]).store(block, std::memory_order_release);
    std::atomic_ref<std::uint32_t> heads(head.heads);
    std::uint32_t count = heads.load(std::memory_order_relaxed);
    while (count <= event && !heads.compare_exchange_weak(count, event + 1, std::memory_order_release)) {
    }
}

void ArenaFile::note_form(std::string_view form) noexcept {
    Head& head = at_start();
    if (disowned_ || form.size() > head.form_room) return;
    const std::atomic_ref<std::uint64_t> current(head.form);
    const std::uint64_t other = current.load(std::memory_order_relaxed) >> 63 == 0 ? 1 : 0;
    std::memcpy(mapping_.data() + kPage + other * head.form_room, form.data(), form.size());
    current.store(other << 63 | form.size(), std::memory_order_release);
}

void ArenaFile::note_alive(std::int64_t monotonic_ns) noexcept {
    std::atomic_ref<std::int64_t>(at_start().alive_ns).store(monotonic_ns, std::memory_order_relaxed);
}

/// The file is closed here already: see platform/closed_in_children.hpp.
void ArenaFile::disown() noexcept {
    disowned_ = true;
    mapping_.clear();
}

std::uint64_t ArenaFile::stream() const noexcept { return at_start().stream; }

std::string_view ArenaFile::form() const noexcept {
    const Head& head = at_start();
    const auto bytes = std::min(static_cast<std::uint32_t>(head.form), head.form_room);
    return {reinterpret_cast<const char*>(mapping_.data()) + kPage + (head.form >> 63) * head.form_room, bytes};
}

std::int64_t ArenaFile::alive_ns() const noexcept { return at_start().alive_ns; }

std::uint32_t ArenaFile::heads() const noexcept { return at_start().heads; }

std::uint32_t ArenaFile::head(std::uint32_t event) const noexcept { return table()[event]; }

}  // namespace wideline::detail
