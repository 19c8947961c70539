#include "platform/mapped_memory.hpp"

#include <sys/mman.h>

#include <new>

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif

namespace wideline::platform {

MappedMemory::MappedMemory(std::size_t bytes) : size_(bytes) {
    void* const at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) throw std::bad_alloc();
    data_ = static_cast<std::byte*>(at);
}

void MappedMemory::clear() noexcept {
    static_cast<void>(clear_from(0));  // if it fails, no harm but for the memory
}

bool MappedMemory::clear_from(std::size_t offset) noexcept {
    if (offset == size_) return true;
    return ::mmap(data_ + offset, size_ - offset, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) != MAP_FAILED;
}

MappedMemory::~MappedMemory() {
    if (data_ != nullptr) ::munmap(data_, size_);
}

}  // namespace wideline::platform
