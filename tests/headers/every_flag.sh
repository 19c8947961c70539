#!/usr/bin/env bash
# every_flag.sh FLAG…: the headers compile by g++ and clang++, whichever this machine has, in each C++ that those know from 20 on,
# and with what a service turns off. FLAG: where the headers are.
#
# Of clang's -Weverything these are left out, each for what it says of any C++20 code:
#   c++98-compat, c++98-compat-pedantic, c++20-compat   that it is newer than C++98, or C++17
#   padded                                              that structs have padding
set -uo pipefail
source_file="$(dirname "${BASH_SOURCE[0]}")/every_flag.cpp"
failed=0 compiled=0

compile() {
    local output
    compiled=$((compiled + 1))
    output=$("$@" -Werror "$source_file" 2>&1) && return
    printf '%s\n' "--- $*" "$output" | head -20
    failed=1
}

knows() { "$@" -x c++ -fsyntax-only - </dev/null 2>/dev/null; }

for compiler in g++ clang++; do
    command -v "$compiler" >/dev/null || continue
    warnings=(-Wall -Wextra -Wpedantic -Wshadow -Wconversion)
    [[ "$compiler" == clang++ ]] &&
        warnings=(-Weverything -Wno-c++98-compat -Wno-c++98-compat-pedantic -Wno-c++20-compat -Wno-padded)
    for standard in c++20 gnu++20 c++2b c++26; do
        knows "$compiler" -std=$standard || continue
        compile "$compiler" -fsyntax-only -std=$standard "${warnings[@]}" "$@"
    done
    # With what the optimizer warns of.
    compile "$compiler" -S -o /dev/null -std=c++20 "${warnings[@]}" "$@" -fno-char8_t -fno-exceptions -fno-rtti -O2
done

((compiled > 0)) || { echo "there is neither g++ nor clang++"; failed=1; }
exit $failed
