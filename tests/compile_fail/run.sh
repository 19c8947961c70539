#!/usr/bin/env bash
# run.sh FILE COMPILER [FLAG…]: FILE must compile with -DVALID, and without it must be refused for each of its snippets:
#
#     #ifndef VALID
#     // expect: an extended regular expression that the diagnostics must match
#     wideline::set("", 1);
#     // expect: …
#     …
#     #endif
#
# A snippet reaches from its `expect` line to the next one or to the #endif, and the compiler must have named a line in there.
set -uo pipefail
file="$1"
shift
export LC_ALL=C

diagnostics=$("$@" -DVALID "$file" 2>&1) || {
    echo "$file does not compile with -DVALID:"
    echo "$diagnostics"
    exit 1
}
diagnostics=$("$@" "$file" 2>&1) && {
    echo "$file compiles, and must not"
    exit 1
}

# first line, last line, expectation of every snippet
snippets=$(awk '
    function close_snippet() { if (from) print from "\t" NR - 1 "\t" expected; from = 0 }
    /^[ \t]*\/\/ expect: / { close_snippet(); from = NR; expected = $0; sub(/^[ \t]*\/\/ expect: /, "", expected) }
    /^[ \t]*#endif/ { close_snippet() }' "$file")
[[ -n "$snippets" ]] || {
    echo "$file says nowhere what it expects: // expect: …"
    exit 1
}

status=0
while IFS=$'\t' read -r from to expected; do
    if ! grep -qE -- "$expected" <<<"$diagnostics"; then
        echo "$file:$from: no diagnostic matches: $expected"
        status=1
    fi
    named=0
    while read -r line; do
        ((from <= line && line <= to)) && named=1
    done < <(grep -oE "${file##*/}:[0-9]+" <<<"$diagnostics" | sed 's/.*://' | sort -nu)
    if ((!named)); then
        echo "$file:$from: nothing in lines $from to $to was refused"
        status=1
    fi
done <<<"$snippets"
((status == 0)) || echo "$diagnostics"
exit "$status"
