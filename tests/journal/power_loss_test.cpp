// Power is lost at a random moment of a random life; what was not synced is there, or not, or in part.
#include <cstdlib>

#include "journal/journal_on_disk.hpp"

using namespace wideline;
using namespace testing_journal;
using DiskCall = SimulatedDisk::Call;
using PowerLoss = SimulatedDisk::PowerLoss;

namespace {

/// ./dev check asks for more.
unsigned lives() {
    const char* const wanted = std::getenv("WIDELINE_POWER_LOSSES");
    return wanted != nullptr ? static_cast<unsigned>(std::atoi(wanted)) : 400;
}

struct Life {
    SimulatedDisk disk;
    TestClock clock;
    std::mt19937_64 random;
    std::uint64_t delivered = 0;
    std::uint64_t settled = 0;  // Delivered, and not waiting.

    explicit Life(unsigned seed) : random(seed) {
        if (seed % 2 == 0) disk.tear_failed_appends();
    }

    /// Delivers some batches to a disk of which one call in `one_in` fails, and loses power.
    void live(Durability durability, PowerLoss loss, unsigned one_in) {
        const auto sink = open_journal(disk, clock, small_segments(durability));
        auto faults = std::make_shared<std::mt19937_64>(random());
        const int error = random() % 2 == 0 ? EIO : ENOSPC;
        if (one_in != 0)
            disk.set_faults([faults, one_in, error](DiskCall) { return (*faults)() % one_in == 0 ? error : 0; });
        for (std::uint64_t i = random() % 14; i > 0; --i) {
            sink->deliver(batch(delivered++));
            clock.advance(std::chrono::milliseconds(random() % 500));
            sink->retry();
        }
        settled = delivered - sink->waiting();
        disk.set_faults({});
        disk.lose_power(random, loss);
    }
};

}  // namespace

TEST_CASE("With Durability::machine, what was settled when power was lost is there, whatever the disk did") {
    for (unsigned seed = 0; seed < lives(); ++seed) {
        INFO("seed " << seed);
        Life life(seed);
        life.live(Durability::machine, PowerLoss::any, seed % 4 == 0 ? 0 : 5 + seed % 30);
        const std::set<std::uint64_t> found = each_once(read_disk(life.disk).sequences);
        for (std::uint64_t number = 0; number < life.settled; ++number) REQUIRE(found.contains(number));
        REQUIRE((found.empty() || *found.rbegin() < life.delivered));

        // The next process goes on in the same directory.
        const auto sink = open_journal(life.disk, life.clock, small_segments(Durability::machine));
        sink->deliver(batch(life.delivered));
        REQUIRE(sink->waiting() == 0);
        life.disk.lose_power(life.random, PowerLoss::any);
        REQUIRE(each_once(read_disk(life.disk).sequences).contains(life.delivered));
    }
}

TEST_CASE("With Durability::process, a loss of power leaves of each segment whole frames and at most a torn tail") {
    std::uint64_t lost = 0;
    for (unsigned seed = 0; seed < lives(); ++seed) {
        INFO("seed " << seed);
        Life life(seed);
        life.live(Durability::process, PowerLoss::ordered, seed % 4 == 0 ? 0 : 5 + seed % 30);
        const OnDisk found = read_disk(life.disk);
        REQUIRE(found.damaged == found.torn_tails);
        REQUIRE(found.damaged <= found.segments);
        REQUIRE(each_once(found.sequences).size() <= life.delivered);
        lost += life.settled - std::min<std::uint64_t>(life.settled, found.sequences.size());
    }
    CHECK(lost > 0);  // Or the disk of these tests is none.
}

TEST_CASE("A disk that wrote its sectors in any order leaves nothing that reads as an event but events") {
    for (unsigned seed = 0; seed < lives(); ++seed) {
        INFO("seed " << seed);
        Life life(seed);
        life.live(Durability::process, PowerLoss::any, 0);
        (void)read_disk(life.disk);  // Compares every frame that it finds.
    }
}
