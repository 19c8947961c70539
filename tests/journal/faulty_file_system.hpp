// A file system whose Nth call fails, over the real one: for tests that ask what is left when anything fails.
#pragma once

#include <cerrno>
#include <memory>
#include <string>

#include "platform/file_system.hpp"

namespace wideline::testing_journal {

class FaultyFileSystem final : public platform::FileSystem {
public:
    /// How a call fails: at once, or, of append, after half of the bytes.
    enum class Fault { at_once, half_way };

    /// From call `first` (counted from 1) on, `count` calls fail with `error`.
    void fail(int first, int count, int error, Fault fault) {
        calls_ = 0;
        first_ = first;
        count_ = count;
        error_ = error;
        fault_ = fault;
    }
    [[nodiscard]] int calls() const { return calls_; }

    platform::Result<std::unique_ptr<platform::File>> create(const std::string& path) override {
        if (fails()) return failure("cannot create", path);
        auto file = real_.create(path);
        if (!file.ok()) return file.failure();
        return std::unique_ptr<platform::File>(std::make_unique<FaultyFile>(*this, std::move(file.value())));
    }
    platform::Result<std::unique_ptr<platform::File>> open(const std::string& path) override {
        return real_.open(path);
    }
    platform::Status rename(const std::string& from, const std::string& to) override {
        if (fails()) return failure("cannot rename", from);
        return real_.rename(from, to);
    }
    platform::Status remove(const std::string& path) override {
        if (fails()) return failure("cannot remove", path);
        return real_.remove(path);
    }
    platform::Status make_directory(const std::string& path) override {
        if (fails()) return failure("cannot make the directory", path);
        return real_.make_directory(path);
    }
    platform::Status sync_directory(const std::string& path) override {
        if (fails()) return failure("cannot sync", path);
        return real_.sync_directory(path);
    }
    platform::Result<bool> is_directory(const std::string& path) override { return real_.is_directory(path); }
    platform::Result<std::vector<platform::DirectoryEntry>> list(const std::string& path) override {
        return real_.list(path);
    }

private:
    class FaultyFile final : public platform::File {
    public:
        FaultyFile(FaultyFileSystem& system, std::unique_ptr<platform::File> file)
            : system_(system), file_(std::move(file)) {}

        platform::Status append(std::string_view bytes) override {
            if (!system_.fails()) return file_->append(bytes);
            if (system_.fault_ == Fault::half_way) (void)file_->append(bytes.substr(0, bytes.size() / 2)).ok();
            return system_.failure("cannot append to", "file");
        }
        platform::Result<std::size_t> read(std::span<char> into) override { return file_->read(into); }
        platform::Result<std::uint64_t> skip(std::uint64_t bytes) override { return file_->skip(bytes); }
        platform::Result<platform::FileState> state() override {
            if (system_.fails()) return system_.failure("cannot ask for the size of", "file");
            return file_->state();
        }
        platform::Status truncate(std::uint64_t bytes) override {
            if (system_.fails()) return system_.failure("cannot truncate", "file");
            return file_->truncate(bytes);
        }
        platform::Status sync() override {
            if (system_.fails()) return system_.failure("cannot sync", "file");
            return file_->sync();
        }
        platform::Status close() override {
            const bool fails = system_.fails();
            const platform::Status closed = file_->close();
            if (fails) return system_.failure("cannot close", "file");
            return closed;
        }

    private:
        FaultyFileSystem& system_;
        std::unique_ptr<platform::File> file_;
    };

    bool fails() {
        ++calls_;
        return calls_ >= first_ && calls_ < first_ + count_;
    }
    [[nodiscard]] platform::Failure failure(const char* what, const std::string& path) const {
        return {what, path, {}, error_};
    }

    platform::FileSystem& real_ = platform::FileSystem::real();
    int calls_ = 0;
    int first_ = 0;
    int count_ = 0;
    int error_ = ENOSPC;
    Fault fault_ = Fault::at_once;
};

}  // namespace wideline::testing_journal
