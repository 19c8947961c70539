#!/usr/bin/env bash
# report.sh WIDELINE SEGMENT: all that the command says of a segment, for a person and for tests/system/golden.sh. Where a
# new segment is added, what this prints becomes its .expected, once somebody has read it.
set -uo pipefail
wideline=$1
wideline=$(realpath "$wideline")
cd "$(dirname "$2")" || exit 1
segment=$(basename "$2")
complaints=$(mktemp)
trap 'rm -f "$complaints"' EXIT

for verb in verify cat; do
    echo "== $verb"
    "$wideline" "$verb" "$segment" 2>"$complaints" </dev/null
    echo "== status $?, and on standard error"
    cat "$complaints"
done
