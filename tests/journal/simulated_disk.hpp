// A disk in memory that fails as disks do: any call on demand, a full disk, pages that a failed sync has dropped, and
// loss of power, after which only what was synced is certain.
//
//   append, truncate ─► what programs see ── sync ─────────────► what is certain
//   create, rename, remove ─► what programs see ── sync_directory ─► what is certain
//
// When power is lost, anything between the two may be there or not: part of a write, a later write without an earlier
// one, a file whose name is gone, a name that was removed.
#pragma once

#include <cerrno>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "platform/file_system.hpp"

namespace wideline::testing_journal {

/// Threads may share it.
class SimulatedDisk final : public platform::FileSystem {
public:
    enum class Call {
        append,
        close,
        create,
        free_bytes,
        is_directory,
        list,
        lock,
        make_directory,
        open,
        read,
        remove,
        rename,
        state,
        sync,
        sync_directory,
        truncate
    };
    /// Asked at every call: the error with which it fails, or 0. It may block, as a slow disk does.
    using Faults = std::function<int(Call)>;

    /// How much of what was not synced a loss of power leaves.
    enum class PowerLoss {
        ordered,  ///< Of each file the writes up to some moment, the last one torn: journalling file systems.
        any       ///< Of each file any of its sectors, and zeros between them.
    };

    void set_faults(Faults faults);
    /// From call `first` (counted from 1, from now on) `count` calls fail with `error`.
    void fail(int first, int count, int error);
    [[nodiscard]] int calls() const;

    void set_capacity(std::uint64_t bytes);
    void set_time(std::chrono::sys_time<std::chrono::microseconds> now);
    /// An append that fails leaves half of its bytes in the file.
    void tear_failed_appends() { tears_ = true; }
    /// Open files are dead afterwards.
    void lose_power(std::mt19937_64& random, PowerLoss kind);

    [[nodiscard]] std::vector<std::string> paths() const;
    [[nodiscard]] std::string contents(const std::string& path) const;
    void write(const std::string& path, std::string bytes);

    platform::Result<std::unique_ptr<platform::File>> create(const std::string& path) override;
    platform::Result<std::unique_ptr<platform::File>> open(const std::string& path) override;
    platform::Status rename(const std::string& from, const std::string& to) override;
    platform::Status remove(const std::string& path) override;
    platform::Status make_directory(const std::string& path) override;
    platform::Status sync_directory(const std::string& path) override;
    platform::Result<bool> is_directory(const std::string& path) override;
    platform::Result<platform::FileState> state(const std::string& path) override;
    platform::Result<std::uint64_t> free_bytes(const std::string& directory) override;
    platform::Result<std::vector<platform::DirectoryEntry>> list(const std::string& directory) override;

private:
    class OpenFile;
    using Time = std::chrono::sys_time<std::chrono::microseconds>;

    /// One write that the disk need not have yet.
    struct Write {
        std::uint64_t offset = 0;
        std::string bytes;     // None: the file was cut at `offset`.
        bool dropped = false;  // By a sync that failed: the disk will never have it.
    };
    struct Node {
        std::string seen;
        std::string certain;
        std::vector<Write> unsynced;
        Time modified{};
        const void* locked_by = nullptr;
    };
    using NodePtr = std::shared_ptr<Node>;
    /// A directory is an entry without a node.
    using Entries = std::map<std::string, NodePtr>;
    /// One name that the disk need not have changed yet.
    struct NameChange {
        std::string path;
        bool removed = false;
        NodePtr node;
        std::string renamed_from;
    };

    int error_of(Call call);
    [[nodiscard]] std::uint64_t used() const;
    [[nodiscard]] bool holds(const std::string& directory) const;
    static Entries with_parents(Entries entries);
    static void apply(const NameChange& change, Entries& to);
    static void apply(const Write& write, std::string& to);
    static std::string survivor(const Node& node, std::mt19937_64& random, PowerLoss kind);

    mutable std::mutex mutex_;
    std::shared_ptr<Faults> faults_;
    int calls_ = 0;
    bool tears_ = false;
    std::uint64_t capacity_ = UINT64_MAX;
    Time now_{};
    int epoch_ = 0;  // How often power was lost.
    Entries seen_;
    Entries certain_;
    std::vector<NameChange> unsynced_;
    std::map<std::string, const void*> locked_directories_;
};

}  // namespace wideline::testing_journal
