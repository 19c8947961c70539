#!/usr/bin/env bash
# Every segment in tests/golden is read as it always was: by every version of the format, and with every kind of damage.
set -euo pipefail

read=0
failed=0
for segment in "$SOURCE_DIR"/tests/golden/*.jsonl.zst; do
    expected=${segment%.jsonl.zst}.expected
    if ! bash "$SOURCE_DIR/tests/golden/report.sh" "$WIDELINE_BIN" "$segment" | diff -u "$expected" -; then
        echo "FAILED: $(basename "$segment") is not read as before"
        failed=1
    fi
    read=$((read + 1))
done
[ "$read" -ge 11 ] || { echo "FAILED: there are only $read golden segments"; failed=1; }
exit "$failed"
