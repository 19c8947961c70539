// Zeroed memory from the operating system, taken as address space at once and as real memory page by page, when
// touched.
#pragma once

#include <cstddef>
#include <utility>

namespace wideline::platform {

class MappedMemory {
public:
    /// Throws std::bad_alloc where the address space cannot be had.
    explicit MappedMemory(std::size_t bytes);
    ~MappedMemory();
    /// Takes over a mapping that was made elsewhere.
    MappedMemory(std::byte* data, std::size_t size) noexcept : data_(data), size_(size) {}
    MappedMemory(MappedMemory&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    MappedMemory& operator=(MappedMemory&&) = delete;

    /// Gives the memory back and keeps the addresses: all bytes are zero again, and this process's alone.
    void clear() noexcept;
    /// The same from `offset` (of whole pages) on. False if the system refuses: then those bytes are as they were.
    [[nodiscard]] bool clear_from(std::size_t offset) noexcept;

    [[nodiscard]] std::byte* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    std::byte* data_;
    std::size_t size_;
};

}  // namespace wideline::platform
