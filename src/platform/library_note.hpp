// Marks a copy of the library within the program or shared object that it is linked into: an ELF note, which linkers
// keep and strip leaves, whatever the visibility of symbols is. See library_copies.hpp, which finds it. Included by one
// source, which everything that writes an event needs.
#pragma once

#ifdef __ELF__
asm(R"(
    .pushsection .note.wideline, "a", %note
    .balign 4
    .long 9, 0, 1
    .asciz "wideline"
    .balign 4
    .popsection
)");
#endif
