#include "journal/simulated_disk.hpp"

#include <algorithm>

namespace wideline::testing_journal {

using platform::Failure;
using platform::Result;
using platform::Status;

namespace {

constexpr std::uint64_t kSectorBytes = 512;

std::string cleaned(std::string path) {
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    return path;
}

}  // namespace

class SimulatedDisk::OpenFile final : public platform::File {
public:
    OpenFile(SimulatedDisk& disk, NodePtr node, std::string path)
        : disk_(disk), node_(std::move(node)), path_(std::move(path)), epoch_(disk.epoch_) {}
    ~OpenFile() override { release(); }

    Status append(std::string_view bytes) override {
        const int error = disk_.error_of(Call::append);
        const std::lock_guard lock(disk_.mutex_);
        if (epoch_ != disk_.epoch_) return failure("cannot append to", EIO);
        const std::uint64_t room = disk_.capacity_ - std::min(disk_.capacity_, disk_.used());
        const bool too_much = bytes.size() > room;
        if (error != 0) bytes = bytes.substr(0, disk_.tears_ ? bytes.size() / 2 : 0);
        bytes = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), room)));
        if (!bytes.empty()) put({node_->seen.size(), std::string(bytes), false});
        if (error != 0) return failure("cannot append to", error);
        if (too_much) return failure("cannot append to", ENOSPC);
        return {};
    }

    Result<std::size_t> read(std::span<char> into) override {
        if (const int error = disk_.error_of(Call::read)) return failure("cannot read", error);
        const std::lock_guard lock(disk_.mutex_);
        const std::size_t count = std::min(into.size(), left());
        std::copy_n(node_->seen.begin() + static_cast<std::ptrdiff_t>(at_), count, into.begin());
        at_ += count;
        return count;
    }

    Result<std::uint64_t> skip(std::uint64_t bytes) override {
        const std::lock_guard lock(disk_.mutex_);
        const std::uint64_t count = std::min<std::uint64_t>(bytes, left());
        at_ += static_cast<std::size_t>(count);
        return count;
    }

    Status go_back(std::uint64_t bytes) override {
        const std::lock_guard lock(disk_.mutex_);
        at_ -= static_cast<std::size_t>(bytes);
        return {};
    }

    Result<bool> locked_by_other() override {
        if (const int error = disk_.error_of(Call::lock)) return failure("cannot ask for the lock of", error);
        const std::lock_guard lock(disk_.mutex_);
        const void* const owner = node_ ? node_->locked_by : directory_locked_by();
        return owner != nullptr && owner != this;
    }

    Result<platform::FileState> state() override {
        if (const int error = disk_.error_of(Call::state)) return failure("cannot ask for the size of", error);
        const std::lock_guard lock(disk_.mutex_);
        const auto entry = disk_.seen_.find(path_);
        return platform::FileState{node_->seen.size(), node_->modified,
                                   entry != disk_.seen_.end() && entry->second == node_};
    }

    Status truncate(std::uint64_t bytes) override {
        if (const int error = disk_.error_of(Call::truncate)) return failure("cannot truncate", error);
        const std::lock_guard lock(disk_.mutex_);
        if (epoch_ != disk_.epoch_) return failure("cannot truncate", EIO);
        put({bytes, {}, false});
        return {};
    }

    Result<bool> try_lock() override {
        if (const int error = disk_.error_of(Call::lock)) return failure("cannot lock", error);
        const std::lock_guard lock(disk_.mutex_);
        const void*& owner = node_ ? node_->locked_by : directory_locked_by();
        if (owner != nullptr && owner != this) return false;
        owner = this;
        return true;
    }

    Status sync() override {
        const int error = disk_.error_of(Call::sync);
        const std::lock_guard lock(disk_.mutex_);
        if (epoch_ != disk_.epoch_) return failure("cannot sync", EIO);
        if (error != 0) {
            for (Write& write : node_->unsynced) write.dropped = !write.bytes.empty();
            return failure("cannot sync", error);
        }
        for (const Write& write : node_->unsynced) {
            if (write.dropped)
                apply({write.offset, std::string(write.bytes.size(), '\0'), false}, node_->certain);
            else
                apply(write, node_->certain);
        }
        node_->unsynced.clear();
        return {};
    }

    Status close() override {
        const int error = disk_.error_of(Call::close);
        release();
        if (error != 0) return failure("cannot close", error);
        return {};
    }

private:
    [[nodiscard]] std::size_t left() const { return node_->seen.size() - std::min(at_, node_->seen.size()); }
    const void*& directory_locked_by() { return disk_.locked_directories_[path_]; }

    void put(Write write) {
        apply(write, node_->seen);
        node_->unsynced.push_back(std::move(write));
        node_->modified = disk_.now_;
    }

    void release() {
        const std::lock_guard lock(disk_.mutex_);
        const void*& owner = node_ ? node_->locked_by : directory_locked_by();
        if (owner == this) owner = nullptr;
    }

    [[nodiscard]] Failure failure(const char* what, int error) const { return {what, path_, {}, error}; }

    SimulatedDisk& disk_;
    NodePtr node_;
    std::string path_;
    int epoch_;
    std::size_t at_ = 0;
};

void SimulatedDisk::set_faults(Faults faults) {
    const std::lock_guard lock(mutex_);
    faults_ = std::make_shared<Faults>(std::move(faults));
    calls_ = 0;
}

void SimulatedDisk::fail(int first, int count, int error) {
    set_faults([first, count, error, call = 0](Call) mutable {
        ++call;
        return call >= first && call < first + count ? error : 0;
    });
}

int SimulatedDisk::calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
}

void SimulatedDisk::set_capacity(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    capacity_ = bytes;
}

void SimulatedDisk::set_time(Time now) {
    const std::lock_guard lock(mutex_);
    now_ = now;
}

/// The faults are asked outside the lock, for they may block.
int SimulatedDisk::error_of(Call call) {
    std::shared_ptr<Faults> faults;
    {
        const std::lock_guard lock(mutex_);
        ++calls_;
        faults = faults_;
    }
    return faults && *faults ? (*faults)(call) : 0;
}

std::uint64_t SimulatedDisk::used() const {
    std::uint64_t bytes = 0;
    for (const auto& [path, node] : seen_)
        if (node) bytes += node->seen.size();
    return bytes;
}

bool SimulatedDisk::holds(const std::string& directory) const {
    if (directory == "/" || directory == ".") return true;
    const auto found = seen_.find(directory);
    return found != seen_.end() && !found->second;
}

void SimulatedDisk::apply(const NameChange& change, Entries& to) {
    if (!change.renamed_from.empty()) to.erase(change.renamed_from);
    if (change.removed)
        to.erase(change.path);
    else
        to[change.path] = change.node;
}

void SimulatedDisk::apply(const Write& write, std::string& to) {
    const auto offset = static_cast<std::size_t>(write.offset);
    if (write.bytes.empty()) {
        to.resize(std::min(to.size(), offset));
        return;
    }
    if (to.size() < offset + write.bytes.size()) to.resize(offset + write.bytes.size(), '\0');
    to.replace(offset, write.bytes.size(), write.bytes);
}

std::string SimulatedDisk::survivor(const Node& node, std::mt19937_64& random, PowerLoss kind) {
    std::string left = node.certain;
    const std::size_t moment = random() % (node.unsynced.size() + 1);
    for (std::size_t i = 0; i < node.unsynced.size(); ++i) {
        Write write = node.unsynced[i];
        if (write.dropped) continue;
        if (kind == PowerLoss::ordered) {
            if (i > moment) break;
            if (i == moment && write.bytes.empty()) break;
            if (i == moment) write.bytes.resize(random() % write.bytes.size());
            if (i == moment && write.bytes.empty()) break;
            apply(write, left);
        } else if (write.bytes.empty()) {
            if (random() % 2 == 0) apply(write, left);
        } else {
            for (std::size_t at = 0; at < write.bytes.size(); at += kSectorBytes)
                if (random() % 2 == 0) apply({write.offset + at, write.bytes.substr(at, kSectorBytes), false}, left);
        }
    }
    return left;
}

void SimulatedDisk::lose_power(std::mt19937_64& random, PowerLoss kind) {
    const std::lock_guard lock(mutex_);
    for (const NameChange& change : unsynced_)
        if (random() % 2 == 0) apply(change, certain_);
    unsynced_.clear();
    seen_ = certain_ = with_parents(certain_);
    std::set<Node*> done;
    for (const auto& [path, node] : seen_) {
        if (!node || !done.insert(node.get()).second) continue;
        node->seen = node->certain = survivor(*node, random, kind);
        node->unsynced.clear();
        node->locked_by = nullptr;
    }
    locked_directories_.clear();
    ++epoch_;
}

/// Without what lies in directories that are not there.
SimulatedDisk::Entries SimulatedDisk::with_parents(Entries entries) {
    std::erase_if(entries, [&](const auto& entry) {
        for (std::string at = platform::parent_of(entry.first); at != "/" && at != "."; at = platform::parent_of(at)) {
            const auto found = entries.find(at);
            if (found == entries.end() || found->second) return true;
        }
        return false;
    });
    return entries;
}

std::vector<std::string> SimulatedDisk::paths() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> files;
    for (const auto& [path, node] : seen_)
        if (node) files.push_back(path);
    return files;
}

std::string SimulatedDisk::contents(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    return seen_.at(path)->seen;
}

void SimulatedDisk::write(const std::string& path, std::string bytes) {
    const std::lock_guard lock(mutex_);
    NodePtr& node = seen_[path];
    if (!node) node = std::make_shared<Node>();
    node->seen = node->certain = std::move(bytes);
    node->unsynced.clear();
    node->modified = now_;
    certain_[path] = node;
}

Result<std::unique_ptr<platform::File>> SimulatedDisk::create(const std::string& path) {
    if (const int error = error_of(Call::create)) return Failure{"cannot create", path, {}, error};
    const std::lock_guard lock(mutex_);
    if (seen_.contains(path)) return Failure{"cannot create", path, {}, EEXIST};
    if (!holds(platform::parent_of(path))) return Failure{"cannot create", path, {}, ENOENT};
    const NodePtr node = std::make_shared<Node>();
    node->modified = now_;
    unsynced_.push_back({path, false, node, {}});
    apply(unsynced_.back(), seen_);
    return std::unique_ptr<platform::File>(std::make_unique<OpenFile>(*this, node, path));
}

Result<std::unique_ptr<platform::File>> SimulatedDisk::open(const std::string& path) {
    if (const int error = error_of(Call::open)) return Failure{"cannot open", path, {}, error};
    const std::lock_guard lock(mutex_);
    const auto found = seen_.find(path);
    if (found == seen_.end()) return Failure{"cannot open", path, {}, ENOENT};
    return std::unique_ptr<platform::File>(std::make_unique<OpenFile>(*this, found->second, path));
}

Status SimulatedDisk::rename(const std::string& from, const std::string& to) {
    if (const int error = error_of(Call::rename)) return Failure{"cannot rename", from, {}, error};
    const std::lock_guard lock(mutex_);
    const auto found = seen_.find(from);
    if (found == seen_.end() || !holds(platform::parent_of(to))) return Failure{"cannot rename", from, {}, ENOENT};
    unsynced_.push_back({to, false, found->second, from});
    apply(unsynced_.back(), seen_);
    return {};
}

Status SimulatedDisk::remove(const std::string& path) {
    if (const int error = error_of(Call::remove)) return Failure{"cannot remove", path, {}, error};
    const std::lock_guard lock(mutex_);
    const auto found = seen_.find(path);
    if (found == seen_.end()) return Failure{"cannot remove", path, {}, ENOENT};
    if (!found->second) return Failure{"cannot remove", path, {}, EISDIR};
    unsynced_.push_back({path, true, nullptr, {}});
    apply(unsynced_.back(), seen_);
    return {};
}

Status SimulatedDisk::make_directory(const std::string& path) {
    if (const int error = error_of(Call::make_directory)) return Failure{"cannot make the directory", path, {}, error};
    const std::lock_guard lock(mutex_);
    const std::string name = cleaned(path);
    if (holds(name)) return {};
    if (seen_.contains(name)) return Failure{"cannot make the directory", path, {}, ENOTDIR};
    if (!holds(platform::parent_of(name))) return Failure{"cannot make the directory", path, {}, ENOENT};
    unsynced_.push_back({name, false, nullptr, {}});
    apply(unsynced_.back(), seen_);
    return {};
}

Status SimulatedDisk::sync_directory(const std::string& path) {
    if (const int error = error_of(Call::sync_directory)) return Failure{"cannot sync", path, {}, error};
    const std::lock_guard lock(mutex_);
    const std::string name = cleaned(path);
    if (!holds(name)) return Failure{"cannot open the directory", path, {}, ENOENT};
    std::erase_if(unsynced_, [&](const NameChange& change) {
        if (platform::parent_of(change.path) != name) return false;
        apply(change, certain_);
        return true;
    });
    return {};
}

Result<bool> SimulatedDisk::is_directory(const std::string& path) {
    if (const int error = error_of(Call::is_directory)) return Failure{"cannot open", path, {}, error};
    const std::lock_guard lock(mutex_);
    const std::string name = cleaned(path);
    if (holds(name)) return true;
    if (!seen_.contains(name)) return Failure{"cannot open", path, {}, ENOENT};
    return false;
}

Result<platform::FileState> SimulatedDisk::state(const std::string& path) {
    if (const int error = error_of(Call::state)) return Failure{"cannot ask for the size of", path, {}, error};
    const std::lock_guard lock(mutex_);
    const auto found = seen_.find(path);
    if (found == seen_.end()) return Failure{"cannot ask for the size of", path, {}, ENOENT};
    if (!found->second) return platform::FileState{0, {}, true};
    return platform::FileState{found->second->seen.size(), found->second->modified, true};
}

Result<std::uint64_t> SimulatedDisk::free_bytes(const std::string& directory) {
    if (const int error = error_of(Call::free_bytes))
        return Failure{"cannot ask for the free space of", directory, {}, error};
    const std::lock_guard lock(mutex_);
    return capacity_ - std::min(capacity_, used());
}

Result<std::vector<platform::DirectoryEntry>> SimulatedDisk::list(const std::string& directory) {
    if (const int error = error_of(Call::list)) return Failure{"cannot list", directory, {}, error};
    const std::lock_guard lock(mutex_);
    const std::string name = cleaned(directory);
    if (!holds(name)) return Failure{"cannot list", directory, {}, ENOENT};
    std::vector<platform::DirectoryEntry> entries;
    for (const auto& [path, node] : seen_)
        if (platform::parent_of(path) == name) entries.push_back({path.substr(path.rfind('/') + 1), !node});
    return entries;
}

}  // namespace wideline::testing_journal
