// How processes of one machine share budgets: a small file that all of them map, in which each says how much comes to
// it.
//
//   │ version │ process 0 │ process 1 │ …  256
//               └─ owner │ beat │ budget, comes │ budget, comes │ …  16
//
// A process writes its own place alone, ten times a second, and reads those of the others. It has the part of a budget
// that it has of what comes to all. The least part is a twentieth of what each would have if all had the same, so that
// a process to which nothing comes has something when the first request does.
//
// A place is taken by a compare-and-swap of its owner, a random number, and is free again when its beat is 2 s old:
// a process that was killed gives nothing back. One that was only stopped for so long takes another place.
//
// What a process does with its part is its own: a probability that it fixes before the events that it decides. So
// weights are right whatever the file says, and a file that is damaged makes a budget wrong, and no sum.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "platform/file_system.hpp"

namespace wideline::sampling {

/// One thread at a time.
class ProcessParts {
public:
    /// The file of a directory and a service, made if there is none.
    [[nodiscard]] static platform::Result<std::unique_ptr<ProcessParts>> open(const std::string& path,
                                                                              platform::FileSystem& files);
    ProcessParts(const ProcessParts&) = delete;
    ProcessParts& operator=(const ProcessParts&) = delete;
    /// Gives the place back.
    ~ProcessParts();

    /// Which part of a budget is this process's, 0 to 1, when so much of it comes here. `budget` is a hash of what
    /// makes it one.
    [[nodiscard]] double part(std::uint64_t budget, double comes, std::int64_t now_ns) noexcept;

private:
    struct File;
    struct Place;

    explicit ProcessParts(platform::MappedMemory memory) noexcept;
    [[nodiscard]] File& file() const noexcept;
    /// Null if all are taken.
    [[nodiscard]] Place* own_place(std::int64_t now_ns) noexcept;

    platform::MappedMemory memory_;
    std::uint64_t owner_;
    std::size_t place_ = 0;
};

}  // namespace wideline::sampling
