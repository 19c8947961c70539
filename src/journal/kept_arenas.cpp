#include "journal/kept_arenas.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace wideline::journal_files {

using platform::Failure;
using platform::FileSystem;
using platform::Result;
using platform::Status;

namespace {

constexpr std::string_view kNotePrefix = ".wideline-arenas-";
constexpr std::string_view kUnfinished = ".new";
constexpr const char* kSharedMemory = "/dev/shm";
constexpr std::size_t kLongestNote = 8192;
constexpr int kMostTries = 8;
/// How long a process counts as alive after its last sign of life, if the system does not list its lock.
constexpr std::int64_t kStillAlive = 5'000'000'000;

Result<std::string> text_of(Result<std::unique_ptr<platform::File>> file) {
    if (!file.ok()) return file.failure();
    std::string text;
    char part[1024];
    while (text.size() < kLongestNote) {
        const auto got = file.value()->read(part);
        if (!got.ok()) return got.failure();
        if (got.value() == 0) break;
        text.append(part, got.value());
    }
    return text;
}

/// Another one after each start of the machine; empty where the system does not tell.
std::string boot_id(FileSystem& files) {
    const auto text = text_of(files.open("/proc/sys/kernel/random/boot_id"));
    std::string id = text.ok() ? text.value() : std::string();
    while (!id.empty() && id.back() == '\n') id.pop_back();
    return id;
}

/// Which /dev/shm this is: each container has its own. Empty if the system does not tell.
std::string shared_memory_id(FileSystem& files) {
    const auto target = files.target(kSharedMemory);
    return target.ok() ? std::to_string(target.value().identity.device) : std::string();
}

/// With as much again left for others.
bool has_room(FileSystem& files, const char* directory, std::uint64_t bytes) {
    const auto free = files.free_bytes(directory);
    return free.ok() && free.value() / 2 >= bytes;
}

}  // namespace

Result<KeptArenas> KeptArenas::make(const std::string& directory, FileSystem& files, std::size_t bytes,
                                    std::uint64_t stream, std::string_view form) {
    KeptArenas kept(files, fmt::format("{}/{}{:016x}", directory, kNotePrefix, stream));
    kept.boot_ = boot_id(files);
    kept.shared_memory_ = shared_memory_id(files);
    std::vector<std::string> places;
    if (has_room(files, kSharedMemory, detail::ArenaFile::bytes_for(bytes, form)))
        places.push_back(fmt::format("{}/wideline-{:016x}", kSharedMemory, stream));
    places.push_back(fmt::format("{}/.wideline-memory-{:016x}", directory, stream));

    Failure why;
    for (std::string& place : places) {
        kept.path_ = std::move(place);
        // Whoever dies between the two leaves an unfinished note, and with it the name of what it was making.
        auto unfinished = kept.begin_note();
        if (!unfinished.ok()) return unfinished.failure();
        auto made = detail::ArenaFile::create(files, kept.path_, bytes, stream, form);
        if (made.ok()) {
            Status noted = files.rename(kept.unfinished_, kept.note_);
            if (noted.ok()) {
                kept.arenas_ = std::move(made.value());
                return kept;
            }
            (void)files.remove(kept.path_);
            made = noted.failure();
        }
        (void)files.remove(kept.unfinished_);
        why = made.failure();
    }
    return why;
}

/// The lock says that its maker lives. Until it is there, somebody may take the maker for dead and remove the file.
Result<std::unique_ptr<platform::File>> KeptArenas::begin_note() {
    for (int tried = 0;; ++tried) {
        unfinished_ = fmt::format("{}-{}{}", note_, tried, kUnfinished);
        auto file = files_->create_private(unfinished_);
        if (!file.ok()) return file;
        const auto locked = file.value()->try_lock();
        const auto state = file.value()->state();
        if (locked.ok() && state.ok() && tried < kMostTries && (!locked.value() || !state.value().in_place)) continue;
        // By its name alone where it lies beside the note: the directory may be moved, or mounted elsewhere.
        const std::string beside = platform::parent_of(note_) + "/";
        const nlohmann::json note{{"arenas", path_.starts_with(beside) ? path_.substr(beside.size()) : path_},
                                  {"boot", boot_},
                                  {"shared_memory", shared_memory_}};
        Status written = locked.ok() ? Status{} : Status{locked.failure()};
        if (written.ok())
            written = file.value()->append(note.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
        if (written.ok()) return file;
        (void)files_->remove(unfinished_);
        return written.failure();
    }
}

std::optional<std::uint64_t> KeptArenas::stream_of(std::string_view name) {
    if (!name.starts_with(kNotePrefix)) return std::nullopt;
    name.remove_prefix(kNotePrefix.size());
    std::uint64_t stream = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), stream, 16);
    return error == std::errc{} && end == name.data() + std::min<std::size_t>(16, name.size()) ? std::optional(stream)
                                                                                               : std::nullopt;
}

void KeptArenas::remove_unfinished(const std::string& directory, FileSystem& files) {
    const auto entries = files.list(directory);
    if (!entries.ok()) return;
    for (const platform::DirectoryEntry& entry : entries.value()) {
        if (!entry.name.starts_with(kNotePrefix) || !entry.name.ends_with(kUnfinished)) continue;
        KeptArenas kept(files, directory + "/" + entry.name);
        auto note = files.open_private(kept.note_);
        if (!note.ok()) continue;
        const auto locked = note.value()->try_lock();
        const auto state = note.value()->state();
        if (!locked.ok() || !locked.value() || !state.ok() || !state.value().in_place) continue;
        // Nothing in its arenas is needed. Somebody who has their lock is about to remove them, and this, himself.
        if (kept.read_note()) {
            const auto arenas = kept.open();
            if (!arenas.ok() && arenas.failure().error_number == EWOULDBLOCK) continue;
            if (arenas.ok() && !files.remove(kept.path_).ok()) continue;
        }
        (void)files.remove(kept.note_);
    }
}

bool KeptArenas::read_note() {
    const auto written = text_of(files_->open_private(note_));
    if (!written.ok()) {
        unreadable_ = written.failure();
        return false;
    }
    const auto note = nlohmann::json::parse(written.value(), nullptr, false);
    if (!note.is_object()) return false;
    const auto text = [&](const char* key) {
        const auto at = note.find(key);
        return at != note.end() && at->is_string() ? at->get<std::string>() : std::string();
    };
    path_ = text("arenas");
    boot_ = text("boot");
    shared_memory_ = text("shared_memory");
    if (path_.empty()) return false;
    if (!path_.starts_with('/')) path_ = platform::parent_of(note_) + "/" + path_;
    return true;
}

Result<std::vector<KeptArenas>> KeptArenas::in(const std::string& directory, FileSystem& files) {
    auto entries = files.list(directory);
    if (!entries.ok()) return entries.failure();
    std::vector<KeptArenas> found;
    for (const platform::DirectoryEntry& entry : entries.value()) {
        if (!entry.name.starts_with(kNotePrefix) || entry.name.ends_with(kUnfinished)) continue;
        KeptArenas kept(files, directory + "/" + entry.name);
        (void)kept.read_note();
        found.push_back(std::move(kept));
    }
    return found;
}

Result<std::unique_ptr<detail::ArenaFile>> KeptArenas::open() const {
    if (unreadable_) return *unreadable_;
    if (path_.empty()) return Failure{"no arenas are named by", note_, {}, EBADMSG};
    return detail::ArenaFile::open(*files_, path_);
}

Result<std::unique_ptr<detail::ArenaFile>> KeptArenas::copy_open(const platform::LockTable* locks,
                                                                 std::int64_t now_ns) const {
    if (unreadable_) return *unreadable_;
    if (path_.empty()) return Failure{"no arenas are named by", note_, {}, EBADMSG};
    auto file = files_->open_private(path_);
    if (!file.ok()) return file.failure();
    const auto state = file.value()->state();
    if (!state.ok()) return state.failure();
    const Failure dead{"its process is dead:", path_, {}, EWOULDBLOCK};
    if (locks != nullptr && !locks->is_locked(state.value().inode)) return dead;
    auto copy = detail::ArenaFile::copy_open(*file.value(), path_);
    if (copy.ok() && locks == nullptr && now_ns - copy.value()->alive_ns() > kStillAlive) return dead;
    if (copy.ok()) copy.value()->note_alive(now_ns);
    return copy;
}

bool KeptArenas::were_here() const {
    if (!path_.starts_with(kSharedMemory)) return true;
    const std::string boot = boot_id(*files_);
    if (!boot_.empty() && !boot.empty() && boot_ != boot) return true;
    return !shared_memory_.empty() && shared_memory_ == shared_memory_id(*files_);
}

/// First the note becomes an unfinished one: whoever dies in between leaves what remove_unfinished takes away.
Status KeptArenas::remove() const {
    const std::string going = note_ + std::string(kUnfinished);
    const auto is_gone = [](const Status& status) { return !status.ok() && status.failure().error_number == ENOENT; };
    // Where somebody took the directory away, with the note, the arenas are still there.
    if (Status renamed = files_->rename(note_, going); !renamed.ok() && !is_gone(renamed)) return renamed;
    if (Status removed = files_->remove(path_); !removed.ok() && !is_gone(removed)) return removed;
    Status forgotten = files_->remove(going);
    return is_gone(forgotten) ? Status{} : forgotten;
}

}  // namespace wideline::journal_files
