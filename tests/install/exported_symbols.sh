#!/usr/bin/env bash
# exported_symbols.sh LIBRARY…: what is not wideline's own public surface must not be seen from outside: a user may have another
# version of the same thing. Weak symbols are instances of the standard library's templates.
set -uo pipefail
symbols=$(nm --dynamic --defined-only --demangle "$@") || exit 1
foreign=$(grep -E '^[0-9a-f]+ [TDBRSG] ' <<<"$symbols" | cut -d' ' -f3- |
    grep -vE '^((vtable|typeinfo|typeinfo name|VTT|guard variable) for |(non-)?virtual thunk to |TLS (init|wrapper) function for )?wideline::')
if [[ -n "$foreign" ]]; then
    echo "$* export:"
    echo "$foreign"
    exit 1
fi
