# wideline_own_target(target): what every target that is built from wideline's own sources has in common. The options are
# private, so that nothing of it reaches a user's targets.
function(wideline_own_target target)
    target_compile_features(${target} PUBLIC cxx_std_20)
    set_target_properties(
        ${target}
        PROPERTIES CXX_EXTENSIONS OFF
                   CXX_VISIBILITY_PRESET hidden
                   VISIBILITY_INLINES_HIDDEN ON)
    target_compile_options(
        ${target}
        PRIVATE -Wall -Wextra -Wshadow -Wpedantic -Wconversion -Wno-sign-conversion
                $<$<BOOL:${WIDELINE_WERROR}>:-Werror>)
    # Position independent code calls its own exported functions directly, and inlines them, as a program's own code does.
    target_compile_options(${target} PRIVATE -fno-semantic-interposition)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
        # g++ 12 sees overlaps inside std::string that are not there (GCC bug 105651).
        target_compile_options(${target} PRIVATE -Wno-restrict)
    endif()
    if(WIDELINE_SANITIZE)
        target_compile_options(${target} PRIVATE -fsanitize=${WIDELINE_SANITIZE} -fno-sanitize-recover=all
                                                 -fno-omit-frame-pointer)
        # g++ loses track of what was initialized once a sanitizer has rewritten it, and warns of its own library; and it warns
        # that the thread sanitizer does not see fences.
        if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
            target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized)
            if(WIDELINE_SANITIZE MATCHES "thread")
                target_compile_options(${target} PRIVATE -Wno-tsan)
            endif()
        endif()
        target_link_options(${target} PUBLIC -fsanitize=${WIDELINE_SANITIZE})
    endif()
endfunction()

# wideline_compiles_freely(): in this directory the compiler may take 500 MB before it looks for garbage, which costs it a tenth
# of its time. Not in the library's: other projects build it, and small machines.
macro(wideline_compiles_freely)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        add_compile_options("SHELL:--param ggc-min-heapsize=500000")
    endif()
endmacro()
