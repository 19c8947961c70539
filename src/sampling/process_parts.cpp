#include "sampling/process_parts.hpp"

#include <array>
#include <atomic>
#include <cerrno>

#include "platform/entropy.hpp"

namespace wideline::sampling {

namespace {

constexpr std::uint64_t kVersion = 0x3176'7472'6170'6c77;  // "wlpartv1"
constexpr std::size_t kPlaces = 256;
constexpr std::size_t kBudgets = 16;
constexpr std::int64_t kDeadAfterNs = 2'000'000'000;
constexpr double kLeastPart = 0.05;  // of an equal one

}  // namespace

struct ProcessParts::Place {
    struct Budget {
        std::atomic<std::uint64_t> hash;
        std::atomic<double> comes;
    };
    std::atomic<std::uint64_t> owner;
    std::atomic<std::int64_t> beat_ns;  // of the monotonic clock, which all processes of the machine read
    std::array<Budget, kBudgets> budgets;

    /// A time ahead is from before the machine was last started.
    [[nodiscard]] bool is_dead(std::int64_t now_ns) const noexcept {
        const std::int64_t since = now_ns - beat_ns.load(std::memory_order_relaxed);
        return since > kDeadAfterNs || since < -kDeadAfterNs;
    }
    [[nodiscard]] bool lives(std::int64_t now_ns) const noexcept {
        return owner.load(std::memory_order_acquire) != 0 && !is_dead(now_ns);
    }
    /// Null if it has too many.
    [[nodiscard]] Budget* budget(std::uint64_t hash) noexcept {
        for (Budget& one : budgets) {
            const std::uint64_t there = one.hash.load(std::memory_order_relaxed);
            if (there == hash || there == 0) return &one;
        }
        return nullptr;
    }
};

struct ProcessParts::File {
    std::atomic<std::uint64_t> version;
    std::array<Place, kPlaces> places;
};

platform::Result<std::unique_ptr<ProcessParts>> ProcessParts::open(const std::string& path,
                                                                   platform::FileSystem& files) {
    static_assert(std::atomic<double>::is_always_lock_free && std::atomic<std::uint64_t>::is_always_lock_free);
    auto opened = files.create_private(path);
    if (!opened.ok() && opened.failure().error_number == EEXIST) opened = files.open_private(path);
    if (!opened.ok()) return opened.failure();
    const auto state = opened.value()->state();
    if (!state.ok()) return state.failure();
    if (state.value().bytes != 0 && state.value().bytes != sizeof(File))
        return platform::Failure{"cannot share budgets in", path, {}, EINVAL};
    // By all who open it: the one that made it may not have come so far.
    if (const auto room = opened.value()->allocate(0, sizeof(File)); !room.ok()) return room.failure();
    auto memory = opened.value()->map(sizeof(File));
    if (!memory.ok()) return memory.failure();
    std::unique_ptr<ProcessParts> parts(new ProcessParts(std::move(memory.value())));
    std::uint64_t version = 0;
    if (!parts->file().version.compare_exchange_strong(version, kVersion) && version != kVersion)
        return platform::Failure{"another version of wideline shares its budgets in", path, {}, 0};
    return parts;
}

ProcessParts::ProcessParts(platform::MappedMemory memory) noexcept : memory_(std::move(memory)) {
    platform::fill_random(&owner_, sizeof owner_);
    owner_ |= 1;
}

ProcessParts::~ProcessParts() {
    std::uint64_t mine = owner_;
    file().places[place_].owner.compare_exchange_strong(mine, 0);
}

ProcessParts::File& ProcessParts::file() const noexcept { return *reinterpret_cast<File*>(memory_.data()); }

ProcessParts::Place* ProcessParts::own_place(std::int64_t now_ns) noexcept {
    Place& before = file().places[place_];
    if (before.owner.load(std::memory_order_acquire) == owner_) return &before;
    for (std::size_t at = 0; at < kPlaces; ++at) {
        Place& place = file().places[at];
        std::uint64_t there = place.owner.load(std::memory_order_acquire);
        if (there != 0 && !place.is_dead(now_ns)) continue;
        if (!place.owner.compare_exchange_strong(there, owner_, std::memory_order_acq_rel)) continue;
        for (Place::Budget& budget : place.budgets) {
            budget.comes.store(0, std::memory_order_relaxed);
            budget.hash.store(0, std::memory_order_relaxed);
        }
        place_ = at;
        return &place;
    }
    return nullptr;
}

double ProcessParts::part(std::uint64_t budget, double comes, std::int64_t now_ns) noexcept {
    budget |= 1;
    Place* const mine = own_place(now_ns);
    if (mine != nullptr) {
        mine->beat_ns.store(now_ns, std::memory_order_relaxed);
        if (Place::Budget* const place = mine->budget(budget)) {
            place->comes.store(comes, std::memory_order_relaxed);
            place->hash.store(budget, std::memory_order_release);
        }
    }
    double all = comes;
    double processes = 1;
    for (Place& place : file().places) {
        if (&place == mine || !place.lives(now_ns)) continue;
        const Place::Budget* const other = place.budget(budget);
        if (other == nullptr || other->hash.load(std::memory_order_acquire) != budget) continue;
        all += other->comes.load(std::memory_order_relaxed);
        processes += 1;
    }
    const double of_each = kLeastPart / processes;
    return all > 0 ? (1 - kLeastPart) * comes / all + of_each : 1 / processes;
}

}  // namespace wideline::sampling
