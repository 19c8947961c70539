#!/usr/bin/env bash
# Services that are killed, whose disk fills up, whose files may not grow, that have no descriptor left, whose directory is
# taken away, and several that write into one directory at once: every event that they delivered is in the files, once.
source "$(dirname "$0")/checks.bash"
need zstd

# once_each NAME COUNT DIRECTORY…: the segments there hold the numbers 0 … COUNT-1, each once.
once_each() {
    local name=$1 count=$2
    shift 2
    find "$@" -name '*.jsonl.zst' -exec zstd -dcq {} + >"$dir/lines" || fail "$name: zstd refuses a segment"
    sed -E 's/.*"number":([0-9]+).*/\1/' "$dir/lines" | sort -n >"$dir/numbers"
    seq 0 $((count - 1)) | cmp -s - "$dir/numbers" ||
        fail "$name: $(wc -l <"$dir/numbers") lines, $(sort -u "$dir/numbers" | wc -l) numbers, expected $count"
}

# run SCENARIO EVENTS STATUS [DIRECTORY…]
run() {
    local scenario=$1 events=$2 expected=$3 status=0
    "$PROGRAMS_DIR/journal_life" "$scenario" "$dir/$scenario" "$events" >"$dir/count" 2>"$dir/err" || status=$?
    [ "$status" = 77 ] && return 0 # a sanitizer stands in its way
    [ "$status" = "$expected" ] || { fail "$scenario: status $status"; cat "$dir/err"; }
    shift 3
    once_each "$scenario" "$(cat "$dir/count")" "${@:-$dir/$scenario}"
}

run be_killed 700 137
"$WIDELINE_BIN" recover "$dir/be_killed" >/dev/null || fail "be_killed: recover failed" # with its memory, which nobody else would free
run limit_files 4000 0
[ "$(find "$dir/limit_files" -name '*.jsonl.zst' | wc -l)" -gt 2 ] || fail "limit_files: the files did not reach the limit"
run use_up_descriptors 1000 0
run lose_directory 300 0 "$dir"/lose_directory{,.moved,.moved.too}
for place in "" .moved .moved.too; do
    [ -n "$(ls "$dir/lose_directory$place")" ] || fail "lose_directory: nothing is in lose_directory$place"
done

# Several processes: a file is one process's, and nobody's events are missing.
pids=()
for writer in 1 2 3 4; do
    "$PROGRAMS_DIR/journal_life" log "$dir/shared" 1500 >"$dir/count.$writer" 2>"$dir/err.$writer" &
    pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" || fail "several processes: one of them failed"; done
for pid in "${pids[@]}"; do
    mkdir "$dir/of.$pid"
    mv "$dir"/shared/load-*-"$pid"-*.jsonl.zst "$dir/of.$pid"
    once_each "several processes" 1500 "$dir/of.$pid"
done
[ -z "$(ls "$dir/shared")" ] || fail "several processes: files are left that are nobody's"

# A file system of 2 MiB, of which a ballast takes the most. Seen by this test alone, and gone with it.
fill='
set -e
mkdir "$dir/small"
mount -t tmpfs -o size=2m none "$dir/small" 2>/dev/null || exit 77
head -c 1500000 /dev/zero >"$dir/small/ballast"
"$PROGRAMS_DIR/journal_life" fill "$dir/small/logs" 100 >"$dir/count" 2>"$dir/err" || exit $?
cp -r "$dir/small/logs" "$dir/fill"'
export dir
status=0
unshare -m bash -c "$fill" 2>/dev/null || status=$?
case $status in
    0) once_each fill "$(cat "$dir/count")" "$dir/fill" ;;
    77 | 1) echo "not tested: a small file system could not be mounted" ;;
    *) fail "fill: status $status"; cat "$dir/err" ;;
esac

exit $failed
