// The operating system's files, of which the Nth call fails, or after which none works any more, as if the process had
// died there: what it wrote stays, the last append by half.
#pragma once

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "platform/file_system.hpp"

namespace wideline::testing_journal {

/// Threads may share it while nothing fails.
class FaultyFiles final : public platform::FileSystem {
public:
    enum class Fault { one_call_fails, dies };

    /// Files that are mapped grow no larger.
    void set_room(std::uint64_t bytes) { room_ = bytes; }
    /// Counts calls from now on; 0: none fails.
    void fail_at(int call, Fault fault) { at_ = call, fault_ = fault, calls_ = 0; }
    [[nodiscard]] int calls() const { return calls_; }

    platform::Result<std::unique_ptr<platform::File>> create(const std::string& path) override {
        return opened("create", [&] { return real().create(path); });
    }
    platform::Result<std::unique_ptr<platform::File>> create_private(const std::string& path) override {
        return opened("create", [&] { return real().create_private(path); });
    }
    platform::Result<std::unique_ptr<platform::File>> open_private(const std::string& path) override {
        return opened("open", [&] { return real().open_private(path); });
    }
    platform::Result<std::unique_ptr<platform::File>> open(const std::string& path) override {
        return opened("open", [&] { return real().open(path); });
    }
    platform::Status rename(const std::string& from, const std::string& to) override {
        return fails() ? failure("rename") : real().rename(from, to);
    }
    platform::Status remove(const std::string& path) override {
        return fails() ? failure("remove") : real().remove(path);
    }
    platform::Status make_directory(const std::string& path) override { return real().make_directory(path); }
    platform::Status sync_directory(const std::string& path) override { return real().sync_directory(path); }
    platform::Result<bool> is_directory(const std::string& path) override { return real().is_directory(path); }
    platform::Result<platform::FileState> state(const std::string& path) override { return real().state(path); }
    /// Shared memory as a container has it.
    platform::Result<std::uint64_t> free_bytes(const std::string& directory) override {
        if (directory == "/dev/shm") return std::uint64_t{4} << 20;
        return real().free_bytes(directory);
    }
    platform::Result<std::vector<platform::DirectoryEntry>> list(const std::string& directory) override {
        if (fails()) return failure("list");
        return real().list(directory);
    }

private:
    class OpenFile;

    [[nodiscard]] bool fails() {
        ++calls_;
        return at_ != 0 && (fault_ == Fault::dies ? calls_ >= at_ : calls_ == at_);
    }
    [[nodiscard]] bool is_first() const { return calls_ == at_; }
    static platform::Failure failure(const char* what) { return {what, "a faulty file", {}, EIO}; }

    template <class Open>
    platform::Result<std::unique_ptr<platform::File>> opened(const char* what, Open open);

    int at_ = 0;
    std::atomic<int> calls_{0};
    std::atomic<std::uint64_t> room_{UINT64_MAX};
    Fault fault_ = Fault::one_call_fails;
};

class FaultyFiles::OpenFile final : public platform::File {
public:
    OpenFile(FaultyFiles& files, std::unique_ptr<platform::File> file) : files_(files), file_(std::move(file)) {}

    platform::Status append(std::string_view bytes) override {
        if (!files_.fails()) return file_->append(bytes);
        if (files_.is_first()) (void)file_->append(bytes.substr(0, bytes.size() / 2));
        return failure("append");
    }
    platform::Result<std::size_t> read(std::span<char> into) override {
        if (files_.fails()) return failure("read");
        return file_->read(into);
    }
    platform::Result<std::uint64_t> skip(std::uint64_t bytes) override {
        if (files_.fails()) return failure("skip");
        return file_->skip(bytes);
    }
    platform::Result<platform::FileState> state() override {
        if (files_.fails()) return failure("state");
        return file_->state();
    }
    platform::Status truncate(std::uint64_t bytes) override {
        return files_.fails() ? failure("truncate") : file_->truncate(bytes);
    }
    platform::Result<bool> try_lock() override {
        if (files_.fails()) return failure("lock");
        return file_->try_lock();
    }
    platform::Status allocate(std::uint64_t offset, std::uint64_t bytes) override {
        if (offset + bytes > files_.room_)
            return platform::Failure{"cannot reserve space in", "a faulty file", {}, ENOSPC};
        return file_->allocate(offset, bytes);
    }
    platform::Result<platform::MappedMemory> map(std::uint64_t bytes) override {
        if (files_.fails()) return failure("map");
        return file_->map(bytes);
    }
    platform::Status sync() override { return file_->sync(); }
    platform::Status close() override {
        const bool fails = files_.fails();
        platform::Status closed = file_->close();
        return fails ? failure("close") : closed;
    }

private:
    FaultyFiles& files_;
    std::unique_ptr<platform::File> file_;
};

template <class Open>
platform::Result<std::unique_ptr<platform::File>> FaultyFiles::opened(const char* what, Open open) {
    if (fails()) return failure(what);
    auto file = open();
    if (!file.ok()) return file;
    return std::unique_ptr<platform::File>(std::make_unique<OpenFile>(*this, std::move(file.value())));
}

}  // namespace wideline::testing_journal
