// Zeroed memory from the operating system, taken as address space at once and as real memory page by page, when
// touched.
#pragma once

#include <cstddef>

namespace wideline::platform {

class MappedMemory {
public:
    /// Throws std::bad_alloc where the address space cannot be had.
    explicit MappedMemory(std::size_t bytes);
    ~MappedMemory();
    MappedMemory(const MappedMemory&) = delete;
    MappedMemory& operator=(const MappedMemory&) = delete;

    /// Gives the memory back and keeps the addresses: all bytes are zero again.
    void clear() noexcept;

    [[nodiscard]] std::byte* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    std::byte* data_;
    std::size_t size_;
};

}  // namespace wideline::platform
