#include "platform/library_copies.hpp"

#ifdef __ELF__
#include <elf.h>
#include <link.h>
#endif

#include <cstddef>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

namespace wideline::platform {

#ifdef __ELF__
namespace {

constexpr std::string_view kOwner{"wideline", 9};  // with its NUL, as notes have it

/// Whether one of the notes in `bytes` is the library's (library_note.hpp).
bool has_our_note(std::string_view bytes, std::size_t alignment) noexcept {
    const auto padded = [&](std::size_t size) { return (size + alignment - 1) / alignment * alignment; };
    ElfW(Nhdr) note;
    while (bytes.size() >= sizeof note) {
        std::memcpy(&note, bytes.data(), sizeof note);
        bytes.remove_prefix(sizeof note);
        if (bytes.substr(0, note.n_namesz) == kOwner) return true;
        const std::size_t whole = padded(sizeof note + note.n_namesz) - sizeof note + padded(note.n_descsz);
        if (whole > bytes.size()) return false;
        bytes.remove_prefix(whole);
    }
    return false;
}

bool has_the_library(const dl_phdr_info& file) noexcept {
    for (std::size_t i = 0; i < file.dlpi_phnum; ++i) {
        const ElfW(Phdr)& part = file.dlpi_phdr[i];
        if (part.p_type != PT_NOTE) continue;
        const auto* const bytes = reinterpret_cast<const char*>(file.dlpi_addr + part.p_vaddr);
        if (has_our_note({bytes, part.p_memsz}, part.p_align == 8 ? 8 : 4)) return true;
    }
    return false;
}

struct Found {
    std::vector<std::string> files;
    bool out_of_memory = false;
};

/// No exception may pass through the loader.
int look_at(dl_phdr_info* file, std::size_t, void* found) noexcept {
    if (!has_the_library(*file)) return 0;
    try {
        const char* const name = file->dlpi_name;
        static_cast<Found*>(found)->files.emplace_back(name == nullptr || *name == '\0' ? "the program" : name);
        return 0;
    } catch (const std::bad_alloc&) {
        static_cast<Found*>(found)->out_of_memory = true;
        return 1;
    }
}

}  // namespace

std::vector<std::string> files_with_the_library() {
    Found found;
    ::dl_iterate_phdr(look_at, &found);
    if (found.out_of_memory) throw std::bad_alloc();
    return std::move(found.files);
}
#else
std::vector<std::string> files_with_the_library() { return {}; }
#endif

}  // namespace wideline::platform
