// Everything that a reader gives of some bytes, for tests.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "journal/test_batch.hpp"
#include "read/segment_reader.hpp"

namespace wideline::testing_read {

/// A file in memory.
class MemoryFile final : public platform::File {
public:
    explicit MemoryFile(std::string bytes) : bytes_(std::move(bytes)) {}
    platform::Status append(std::string_view bytes) override {
        bytes_ += bytes;
        return {};
    }
    platform::Result<std::size_t> read(std::span<char> into) override {
        const std::size_t count = std::min(into.size(), bytes_.size() - at_);
        std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at_), count, into.begin());
        at_ += count;
        return count;
    }
    platform::Result<std::uint64_t> skip(std::uint64_t bytes) override {
        const std::uint64_t count = std::min<std::uint64_t>(bytes, bytes_.size() - at_);
        at_ += static_cast<std::size_t>(count);
        return count;
    }
    platform::Result<platform::FileState> state() override { return platform::FileState{bytes_.size(), {}, true}; }
    platform::Result<bool> try_lock() override { return true; }
    platform::Status truncate(std::uint64_t bytes) override {
        bytes_.resize(static_cast<std::size_t>(bytes));
        return {};
    }
    platform::Status sync() override { return {}; }
    platform::Status close() override { return {}; }

private:
    std::string bytes_;
    std::size_t at_ = 0;
};

/// Opens the bytes it was made with, under any path, and can nothing else.
class MemoryFileSystem final : public platform::FileSystem {
public:
    explicit MemoryFileSystem(std::string bytes) : bytes_(std::move(bytes)) {}
    platform::Result<std::unique_ptr<platform::File>> open(const std::string&) override {
        return std::unique_ptr<platform::File>(std::make_unique<MemoryFile>(bytes_));
    }
    platform::Result<std::unique_ptr<platform::File>> create(const std::string& path) override { return no(path); }
    platform::Status rename(const std::string& from, const std::string&) override { return no(from); }
    platform::Status remove(const std::string& path) override { return no(path); }
    platform::Status make_directory(const std::string& path) override { return no(path); }
    platform::Status sync_directory(const std::string& path) override { return no(path); }
    platform::Result<bool> is_directory(const std::string&) override { return false; }
    platform::Result<platform::FileState> state(const std::string& path) override { return no(path); }
    platform::Result<std::uint64_t> free_bytes(const std::string& path) override { return no(path); }
    platform::Result<std::vector<platform::DirectoryEntry>> list(const std::string& path) override { return no(path); }

private:
    static platform::Failure no(const std::string& path) { return {"not in memory:", path, {}, 0}; }

    std::string bytes_;
};

struct Reading {
    std::string refusal;  ///< Why it was not opened.
    std::string lines;
    std::vector<std::string> damage;  ///< "offset+bytes: reason"
    std::uint64_t indexed = 0;        ///< Pieces of lines that had their index.
    std::uint64_t skipped = 0;
    std::vector<std::string> indexes_of_later_form;
    std::uint64_t skippable = 0;  ///< Other skippable frames, seek tables too.
};

inline Reading read_bytes(const std::string& bytes,
                          const std::function<bool(const journal_files::FrameIndex&)>& wanted = {}) {
    Reading reading;
    MemoryFileSystem files(bytes);
    const auto opened = read::SegmentReader::open(files, "memory");
    if (!opened.ok()) {
        reading.refusal = opened.failure().sentence();
        return reading;
    }
    opened.value()->set_wanted(wanted);
    while (const auto piece = opened.value()->next()) {
        using Kind = read::Piece::Kind;
        if (piece->kind == Kind::lines) {
            reading.lines += piece->lines;
            reading.indexed += piece->index != nullptr ? 1 : 0;
        } else if (piece->kind == Kind::skipped) {
            ++reading.skipped;
        } else if (piece->kind == Kind::damage) {
            reading.damage.push_back(std::to_string(piece->offset) + "+" + std::to_string(piece->bytes) + ": " +
                                     piece->reason);
        } else if (!piece->reason.empty()) {
            reading.indexes_of_later_form.push_back(piece->reason);
        } else {
            ++reading.skippable;
        }
    }
    return reading;
}

}  // namespace wideline::testing_read
