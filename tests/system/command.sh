#!/usr/bin/env bash
# The command over real files: its output beside zstd's and jq's, its exit status, and what it says about damage.
source "$(dirname "$0")/checks.bash"
need zstd jq

wideline=$WIDELINE_BIN

# check NAME EXPECTED_STATUS COMMAND...: its output goes to $dir/out and $dir/err.
check() {
    local name=$1 expected=$2 status=0
    shift 2
    "$@" >"$dir/out" 2>"$dir/err" </dev/null || status=$?
    if [ "$status" != "$expected" ]; then
        fail "$name: status $status, expected $expected"
        head -5 "$dir/err"
    fi
    return 0
}

says() { grep -qF -- "$1" "$dir/err" || { fail "stderr does not say: $1"; cat "$dir/err"; }; }
quiet() { [ ! -s "$dir/err" ] || { fail "$1 says something"; head -5 "$dir/err"; }; }

"$PROGRAMS_DIR/write_journal" "$dir/logs" 5000 400
segment=$(echo "$dir"/logs/*.jsonl.zst)
zstd -tq "$segment" || fail "zstd -t refuses the segment"
zstdcat "$segment" >"$dir/lines"

# cat
check "cat" 0 "$wideline" cat "$dir/logs"
quiet "cat"
cmp -s "$dir/out" "$dir/lines" || fail "cat is not what zstdcat gives"
"$wideline" cat - <"$segment" | cmp -s - "$dir/lines" || fail "cat of a pipe is not what zstdcat gives"
check "cat of plain lines" 0 "$wideline" cat "$dir/lines"
cmp -s "$dir/out" "$dir/lines" || fail "cat of plain lines changes them"

check "cat --errors" 0 "$wideline" cat --errors "$segment"
jq -c 'select(.outcome != "success")' "$dir/lines" >"$dir/expected"
jq -c . "$dir/out" | cmp -s - "$dir/expected" || fail "cat --errors is not what jq selects"

check "cat --since --until" 0 "$wideline" cat --since 2026-11-23T22:10:00Z --until 2026-11-23T23:11:00+01:00 "$segment"
jq -c 'select(.timestamp >= "2026-11-23T22:10:00" and .timestamp < "2026-11-23T22:11:00")' "$dir/lines" >"$dir/expected"
jq -c . "$dir/out" | cmp -s - "$dir/expected" || fail "cat --since --until is not what jq selects"
[ -s "$dir/expected" ] || fail "the span of time selects nothing"

check "cat --fields" 0 "$wideline" cat --fields number,user.id,absent "$segment"
jq -c '{number, "user.id": .["user.id"]}' "$dir/lines" | cmp -s - "$dir/out" || fail "cat --fields is not what jq gives"

check "cat --pretty" 0 "$wideline" cat --pretty "$segment"
grep -q $'\x1b' "$dir/out" && fail "there are colours in a pipe"
grep -q 'why  insufficient funds' "$dir/out" || fail "cat --pretty does not say why"
printf '{"name":"\\u001b[31mred\\u009b","outcome":"error"}\n' >"$dir/hostile"
check "cat --pretty of hostile text" 0 "$wideline" cat --pretty "$dir/hostile"
grep -qP '\x1b|\xc2\x9b' "$dir/out" && fail "an event reaches the terminal's controls"

check "cat with nothing selected" 1 "$wideline" cat --since 2030-01-01 "$segment"
says "no event was selected"

# stats, beside jq
check "stats --json" 0 "$wideline" stats --json --by user.id "$dir/logs"
jq -c '[.groups[] | [.key, .requests, .errors, .kept, .p50_ms, .p99_ms]] | sort' "$dir/out" >"$dir/ours"
jq -cs 'def quantile(q): (map(.sample_weight) | add * q) as $wanted | sort_by(.duration_ms)
            | reduce .[] as $e ([0, null]; if .[0] >= $wanted then . else [.[0] + $e.sample_weight, $e.duration_ms] end) | .[1];
        group_by(.["user.id"]) | map([.[0]["user.id"], (map(.sample_weight) | add),
            (map(select(.outcome == "error").sample_weight) | add // 0), length, quantile(0.5), quantile(0.99)]) | sort' \
    "$dir/lines" >"$dir/expected"
jq -ne --slurpfile a "$dir/ours" --slurpfile b "$dir/expected" '$a == $b' >/dev/null || fail "stats is not what jq counts"
check "stats" 0 "$wideline" stats "$dir/logs"
grep -q 'otherwise 520' "$dir/out" || fail "stats does not say what was sampled away"
quiet "stats"

# verify
check "verify" 0 "$wideline" verify "$dir/logs"
grep -q '13 frames, 5,000 events, 294 errors, closed: good' "$dir/out" || fail "verify does not count right"

# a process that was killed
"$PROGRAMS_DIR/write_journal" "$dir/killed" 1000 100 killed
check "cat after a kill" 0 "$wideline" cat "$dir/killed"
quiet "cat after a kill"
head -1000 "$dir/lines" | cmp -s - "$dir/out" || fail "a killed process lost events"
check "verify after a kill" 0 "$wideline" verify "$dir/killed"
grep -q 'not closed' "$dir/out" || fail "verify does not say that the segment is not closed"
check "recover after a kill" 0 "$wideline" recover "$dir/killed"

# damage: one frame at most, said with its place, and status 1
torn=$dir/torn.jsonl.zst
head -c $(($(stat -c %s "$segment") - 300)) "$segment" >"$torn"
check "cat of a torn segment" 1 "$wideline" cat "$torn"
says "at byte"
[ "$(wc -l <"$dir/out")" -ge 4600 ] || fail "a torn frame cost more than itself"
check "verify of a torn segment" 1 "$wideline" verify "$torn"
cp "$segment" "$dir/flipped.jsonl.zst"
printf 'XXXX' | dd of="$dir/flipped.jsonl.zst" bs=1 seek=$(($(stat -c %s "$segment") / 2)) conv=notrunc status=none
check "cat of a damaged segment" 1 "$wideline" cat "$dir/flipped.jsonl.zst"
says "flipped.jsonl.zst at byte"
[ "$(wc -l <"$dir/out")" -ge 4600 ] || fail "a damaged frame cost more than itself"
check "verify of a damaged segment" 1 "$wideline" verify "$dir/flipped.jsonl.zst"

# wrong input and usage
check "a file that is no segment" 2 "$wideline" cat "$SOURCE_DIR/LICENSE"
says "is not a segment"
check "a file that is not there" 2 "$wideline" verify "$dir/nothing"
says "No such file"
check "the rest of the files, when one is not there" 2 "$wideline" cat "$dir/nothing" "$segment"
cmp -s "$dir/out" "$dir/lines" || fail "one missing file hides the others"
check "an empty directory" 1 "$wideline" cat "$(mktemp -d "$dir/empty.XXX")"
says "there are no events"
for wrong in "" "cat" "nonsense" "cat --nonsense $segment" "cat --since soon $segment"; do
    # shellcheck disable=SC2086
    check "usage: $wrong" 2 "$wideline" $wrong
    [ "$(wc -l <"$dir/err")" = 1 ] || fail "wrong usage ($wrong) is not one sentence"
done
check "a verb that is none" 2 "$wideline" nonsense
says '"nonsense" is no verb'
check "a negative number of events" 2 "$wideline" grep --max -1 a=1 "$segment"
says "from 1 on"
check "a path and no expression" 2 "$wideline" grep "$segment"
says "needs an expression"
for verb in "" cat tail stats verify; do
    # shellcheck disable=SC2086
    check "$verb --help" 0 "$wideline" $verb --help
    quiet "$verb --help"
done
check "--version" 0 "$wideline" --version

# a closed pipe ends quietly
for arguments in "cat" "cat --pretty" "cat --fields number"; do
    # shellcheck disable=SC2086
    { "$wideline" $arguments "$dir/logs" 2>"$dir/err" && echo 0 >"$dir/status" || echo $? >"$dir/status"; } | head -1 >/dev/null
    [ "$(cat "$dir/status")" = 0 ] || fail "$arguments into a closed pipe: status $(cat "$dir/status")"
    quiet "$arguments into a closed pipe"
done
if [ -w /dev/full ]; then
    status=0
    "$wideline" cat "$segment" >/dev/full 2>"$dir/err" || status=$?
    [ "$status" = 2 ] || fail "a full disk: status $status"
    says "No space left"
fi

[ "$failed" = 0 ] && echo "the command does what it says"
exit "$failed"
