#include "platform/file_system.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <optional>

#include "platform/closed_in_children.hpp"

namespace wideline::platform {
namespace {

constexpr mode_t kFileMode = 0640;
constexpr mode_t kPrivateMode = 0600;
constexpr mode_t kDirectoryMode = 0750;
constexpr mode_t kPrivateDirectoryMode = 0700;

/// Calls again where a signal came first.
template <class Call>
auto uninterrupted(Call call) {
    for (;;) {
        const auto result = call();
        if (result >= 0 || errno != EINTR) return result;
    }
}

std::int64_t nanoseconds(std::int64_t seconds, std::int64_t rest) { return seconds * 1'000'000'000 + rest; }

FileState state_of(const struct stat& found) {
#ifdef __APPLE__
    const timespec& modified = found.st_mtimespec;
    const timespec& changed = found.st_ctimespec;
#else
    const timespec& modified = found.st_mtim;
    const timespec& changed = found.st_ctim;
#endif
    FileState state;
    state.bytes = static_cast<std::uint64_t>(found.st_size);
    state.modified = std::chrono::sys_time<std::chrono::microseconds>(
        std::chrono::seconds(modified.tv_sec) + std::chrono::microseconds(modified.tv_nsec / 1000));
    state.inode = found.st_ino;
    state.changed = nanoseconds(changed.tv_sec, changed.tv_nsec);
    return state;
}

/// When the file at `path` was made.
std::int64_t birth_of(const struct stat& found, const std::string& path) {
#if defined(__APPLE__)
    static_cast<void>(path);
    return nanoseconds(found.st_birthtimespec.tv_sec, found.st_birthtimespec.tv_nsec);
#elif defined(STATX_BTIME)
    struct statx more {};
    const bool known = ::statx(AT_FDCWD, path.c_str(), 0, STATX_BTIME | STATX_INO, &more) == 0 &&
                       (more.stx_mask & STATX_BTIME) != 0 && more.stx_ino == found.st_ino;
    return known ? nanoseconds(more.stx_btime.tv_sec, more.stx_btime.tv_nsec) : 0;
#else
    static_cast<void>(found), static_cast<void>(path);
    return 0;
#endif
}

/// What was written, and what is needed to find it; not the times.
int sync_data(int descriptor) {
#ifdef __APPLE__
    return ::fcntl(descriptor, F_FULLFSYNC);  // There, fsync stops at the drive's cache.
#else
    return ::fdatasync(descriptor);
#endif
}

/// 0, or what went wrong. Where the system cannot reserve, the space is taken when it is touched.
int reserve(int descriptor, off_t offset, off_t bytes) {
#if defined(__APPLE__)
    static_cast<void>(descriptor), static_cast<void>(offset), static_cast<void>(bytes);
    return 0;
#else
    int error = 0;
    do error = ::posix_fallocate(descriptor, offset, bytes);
    while (error == EINTR);
    return error;
#endif
}

/// What is written is the file of this process alone: a forked child has it no more, and everything it tries fails with
/// EBADF.
enum class Descriptor { read, written, borrowed };

class RealFile final : public File {
public:
    RealFile(int descriptor, std::string path, Descriptor ownership)
        : descriptor_(descriptor), ownership_(ownership), path_(std::move(path)) {
        if (ownership == Descriptor::written) closed_in_children_.emplace(descriptor_);
    }
    ~RealFile() override { (void)RealFile::close(); }
    RealFile(const RealFile&) = delete;
    RealFile& operator=(const RealFile&) = delete;

    Status append(std::string_view bytes) override {
        while (!bytes.empty()) {
            const ssize_t written = uninterrupted([&] { return ::write(descriptor_, bytes.data(), bytes.size()); });
            if (written < 0) return failure("cannot append to");
            // A write of nothing would be tried for ever.
            if (written == 0) return Failure{"cannot append to", path_, {}, EIO};
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
        return {};
    }

    Result<std::size_t> read(std::span<char> into) override {
        const ssize_t count = uninterrupted([&] { return ::read(descriptor_, into.data(), into.size()); });
        if (count < 0) return failure("cannot read");
        return static_cast<std::size_t>(count);
    }

    Status write_at(std::uint64_t offset, std::string_view bytes) override {
        while (!bytes.empty()) {
            const ssize_t written = uninterrupted(
                [&] { return ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
            if (written < 0) return Failure{"cannot write to", path_, offset, errno};
            if (written == 0) return Failure{"cannot write to", path_, offset, EIO};
            bytes.remove_prefix(static_cast<std::size_t>(written));
            offset += static_cast<std::uint64_t>(written);
        }
        return {};
    }

    Result<std::uint64_t> skip(std::uint64_t bytes) override {
        struct stat found {};
        if (::fstat(descriptor_, &found) != 0) return failure("cannot ask for the size of");
        const off_t here = S_ISREG(found.st_mode) ? ::lseek(descriptor_, 0, SEEK_CUR) : -1;
        if (here < 0) return skip_by_reading(bytes);
        const std::uint64_t left = found.st_size > here ? static_cast<std::uint64_t>(found.st_size - here) : 0;
        const std::uint64_t step = std::min(bytes, left);
        if (::lseek(descriptor_, static_cast<off_t>(step), SEEK_CUR) < 0) return failure("cannot move on in");
        return step;
    }

    Status go_back(std::uint64_t bytes) override {
        if (::lseek(descriptor_, -static_cast<off_t>(bytes), SEEK_CUR) < 0) return failure("cannot move back in");
        return {};
    }

    Result<FileState> state() override {
        struct stat found {};
        if (::fstat(descriptor_, &found) != 0) return failure("cannot ask for the size of");
        FileState state = state_of(found);
        struct stat at_path {};
        state.in_place =
            ::lstat(path_.c_str(), &at_path) == 0 && at_path.st_dev == found.st_dev && at_path.st_ino == found.st_ino;
        return state;
    }

    Status truncate(std::uint64_t bytes) override {
        if (uninterrupted([&] { return ::ftruncate(descriptor_, static_cast<off_t>(bytes)); }) < 0)
            return failure("cannot truncate");
        return {};
    }

    Result<bool> try_lock() override {
        if (uninterrupted([&] { return ::flock(descriptor_, LOCK_EX | LOCK_NB); }) == 0) {
            locked_ = true;
            return true;
        }
        if (errno == EWOULDBLOCK) return false;
        return failure("cannot lock");
    }

    Result<bool> locked_by_other() override {
        if (locked_) return false;
        if (uninterrupted([&] { return ::flock(descriptor_, LOCK_SH | LOCK_NB); }) == 0) {
            (void)::flock(descriptor_, LOCK_UN);
            return false;
        }
        if (errno == EWOULDBLOCK) return true;
        return failure("cannot ask for the lock of");
    }

    Status allocate(std::uint64_t offset, std::uint64_t bytes) override {
        if (const int error = reserve(descriptor_, static_cast<off_t>(offset), static_cast<off_t>(bytes)); error != 0)
            return Failure{"cannot reserve space in", path_, offset, error};
        return {};
    }

    Result<MappedMemory> map(std::uint64_t bytes) override {
        void* const at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, 0);
        if (at == MAP_FAILED) return failure("cannot map");
        return MappedMemory(static_cast<std::byte*>(at), bytes);
    }

    Status sync() override {
        if (uninterrupted([&] { return sync_data(descriptor_); }) < 0) return failure("cannot sync");
        return {};
    }

    Status close() override {
        const int descriptor = descriptor_.exchange(-1);
        if (descriptor < 0 || ownership_ == Descriptor::borrowed) return {};
        // Otherwise the lock would live as long as a copy of the descriptor, in a child that was forked in that moment.
        if (locked_) (void)::flock(descriptor, LOCK_UN);
        // Not again after EINTR: Linux has closed it, and the number may be another thread's file by now.
        if (::close(descriptor) != 0 && errno != EINTR) return failure("cannot close");
        return {};
    }

private:
    Result<std::uint64_t> skip_by_reading(std::uint64_t bytes) {
        std::vector<char> dropped(std::size_t{1} << 16);
        std::uint64_t skipped = 0;
        while (skipped < bytes) {
            const auto step = std::min<std::uint64_t>(bytes - skipped, dropped.size());
            const auto got = read(std::span(dropped).first(static_cast<std::size_t>(step)));
            if (!got.ok()) return got.failure();
            if (got.value() == 0) break;
            skipped += got.value();
        }
        return skipped;
    }

    [[nodiscard]] Failure failure(const char* what) const { return {what, path_, {}, errno}; }

    std::atomic<int> descriptor_;
    Descriptor ownership_;
    bool locked_ = false;
    std::string path_;
    std::optional<ClosedInChildren> closed_in_children_;
};

class RealFileSystem final : public FileSystem {
public:
    Result<std::unique_ptr<File>> create(const std::string& path) override {
        constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
        return opened(uninterrupted([&] { return ::open(path.c_str(), kFlags, kFileMode); }), path, "cannot create",
                      Descriptor::written);
    }

    Result<std::unique_ptr<File>> create_private(const std::string& path) override {
        constexpr int kFlags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
        return opened(uninterrupted([&] { return ::open(path.c_str(), kFlags, kPrivateMode); }), path, "cannot create",
                      Descriptor::written);
    }

    Result<std::unique_ptr<File>> open_private(const std::string& path) override { return own_file(path, 0); }

    Result<std::unique_ptr<File>> open_in_place(const std::string& path) override { return own_file(path, O_CREAT); }

    Result<std::unique_ptr<File>> open(const std::string& path) override {
        if (path == "-")
            return std::unique_ptr<File>(
                std::make_unique<RealFile>(STDIN_FILENO, "standard input", Descriptor::borrowed));
        return opened(uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); }), path, "cannot open",
                      Descriptor::read);
    }

    Status rename(const std::string& from, const std::string& to) override {
        return status(::rename(from.c_str(), to.c_str()), "cannot rename", from);
    }

    Status remove(const std::string& path) override { return status(::unlink(path.c_str()), "cannot remove", path); }

    Status make_directory(const std::string& path) override { return make_directory(path, kDirectoryMode); }

    Status make_private_directory(const std::string& path) override {
        return make_directory(path, kPrivateDirectoryMode);
    }

    Status sync_directory(const std::string& path) override {
        const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (descriptor < 0) return status(-1, "cannot open the directory", path);
        const Status synced = status(uninterrupted([&] { return ::fsync(descriptor); }), "cannot sync", path);
        (void)::close(descriptor);
        return synced;
    }

    Result<bool> is_directory(const std::string& path) override {
        struct stat found {};
        if (::stat(path.c_str(), &found) != 0) return Failure{"cannot open", path, {}, errno};
        return S_ISDIR(found.st_mode);
    }

    Result<FileState> state(const std::string& path) override {
        struct stat found {};
        if (::lstat(path.c_str(), &found) != 0) return Failure{"cannot ask for the size of", path, {}, errno};
        FileState state = state_of(found);
        state.in_place = true;
        return state;
    }

    Result<FileTarget> target(const std::string& path) override {
        struct stat found {};
        if (::stat(path.c_str(), &found) != 0) return Failure{"cannot open", path, {}, errno};
        const FileIdentity identity{std::uint64_t{found.st_dev}, std::uint64_t{found.st_ino}, birth_of(found, path)};
        return FileTarget{identity, static_cast<std::uint64_t>(found.st_size)};
    }

    Result<std::uint64_t> free_bytes(const std::string& directory) override {
        struct statvfs found {};
        if (uninterrupted([&] { return ::statvfs(directory.c_str(), &found); }) != 0)
            return Failure{"cannot ask for the free space of", directory, {}, errno};
        return std::uint64_t{found.f_bavail} * found.f_frsize;
    }

    Result<std::vector<DirectoryEntry>> list(const std::string& directory) override {
        DIR* stream = ::opendir(directory.c_str());
        if (stream == nullptr) return Failure{"cannot list", directory, {}, errno};
        std::vector<DirectoryEntry> entries;
        errno = 0;
        while (const dirent* entry = ::readdir(stream)) {
            const std::string name = entry->d_name;
            if (name != "." && name != "..") entries.push_back({name, entry->d_type == DT_DIR});
            errno = 0;
        }
        const int error = errno;
        (void)::closedir(stream);
        if (error != 0) return Failure{"cannot list", directory, {}, error};
        return entries;
    }

private:
    static Result<std::unique_ptr<File>> own_file(const std::string& path, int more_flags) {
        const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | more_flags;
        const int descriptor = uninterrupted([&] { return ::open(path.c_str(), flags, kPrivateMode); });
        if (descriptor < 0) return Failure{"cannot open", path, {}, errno};
        auto file = std::make_unique<RealFile>(descriptor, path, Descriptor::written);
        struct stat found {};
        if (::fstat(descriptor, &found) != 0) return Failure{"cannot ask for the owner of", path, {}, errno};
        const bool ours = S_ISREG(found.st_mode) && (found.st_uid == ::geteuid() || ::geteuid() == 0);
        if (!ours || (found.st_mode & 0077) != 0) return Failure{"cannot trust", path, {}, EPERM};
        return std::unique_ptr<File>(std::move(file));
    }

    Status make_directory(const std::string& path, mode_t mode) {
        if (::mkdir(path.c_str(), mode) == 0) return {};
        const int error = errno;
        if (error != EEXIST) return Failure{"cannot make the directory", path, {}, error};
        const auto found = is_directory(path);
        if (!found.ok()) return found.failure();
        if (!found.value()) return Failure{"cannot make the directory", path, {}, ENOTDIR};
        return {};
    }

    static Result<std::unique_ptr<File>> opened(int descriptor, const std::string& path, const char* what,
                                                Descriptor ownership) {
        if (descriptor < 0) return Failure{what, path, {}, errno};
        return std::unique_ptr<File>(std::make_unique<RealFile>(descriptor, path, ownership));
    }

    static Status status(int result, const char* what, const std::string& path) {
        if (result < 0) return Failure{what, path, {}, errno};
        return {};
    }
};

}  // namespace

Status File::go_back(std::uint64_t) { return Failure{"cannot move back", {}, {}, ENOTSUP}; }

Status File::write_at(std::uint64_t, std::string_view) { return Failure{"cannot write in place", {}, {}, ENOTSUP}; }

Result<bool> File::locked_by_other() { return Failure{"cannot ask for the lock", {}, {}, ENOTSUP}; }

Status File::allocate(std::uint64_t, std::uint64_t) { return Failure{"cannot reserve space", {}, {}, ENOTSUP}; }

Result<MappedMemory> File::map(std::uint64_t) { return Failure{"cannot map", {}, {}, ENOTSUP}; }

Result<std::unique_ptr<File>> FileSystem::create_private(const std::string& path) {
    return Failure{"cannot create", path, {}, ENOTSUP};
}

Result<std::unique_ptr<File>> FileSystem::open_private(const std::string& path) {
    return Failure{"cannot open", path, {}, ENOTSUP};
}

Result<std::unique_ptr<File>> FileSystem::open_in_place(const std::string& path) {
    return Failure{"cannot open", path, {}, ENOTSUP};
}

Status FileSystem::make_private_directory(const std::string& path) { return make_directory(path); }

Result<FileTarget> FileSystem::target(const std::string& path) { return Failure{"cannot open", path, {}, ENOTSUP}; }

Result<std::vector<std::string>> FileSystem::make_directories(const std::string& directory) {
    std::vector<std::string> made;
    for (std::size_t slash = directory.find('/', 1);; slash = directory.find('/', slash + 1)) {
        const std::string path = directory.substr(0, slash);
        const auto there = is_directory(path);
        if (!there.ok() || !there.value()) {
            if (Status status = make_directory(path); !status.ok()) return status.failure();
            made.push_back(path);
        }
        if (slash == std::string::npos) return made;
    }
}

std::string parent_of(const std::string& path) {
    const std::size_t slash = path.find_last_of('/', path.find_last_not_of('/'));
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

FileSystem& FileSystem::real() {
    static RealFileSystem* const instance = new RealFileSystem;  // Never destroyed: a journal may be closed at exit.
    return *instance;
}

}  // namespace wideline::platform
