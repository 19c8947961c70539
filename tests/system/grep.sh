#!/usr/bin/env bash
# grep beside jq, and wl::Reader beside both, over a journal, a pipe, plain lines, foreign .jsonl.zst and damaged segments.
source "$(dirname "$0")/checks.bash"
need zstd jq

wideline=$WIDELINE_BIN

# check EXPECTED_STATUS ARGUMENT...: what grep prints and says goes to $dir/out and $dir/err.
check() {
    local expected=$1 status=0
    shift
    "$wideline" grep "$@" >"$dir/out" 2>"$dir/err" </dev/null || status=$?
    [ "$status" = "$expected" ] || { fail "grep $*: status $status, expected $expected"; head -5 "$dir/err"; }
}

says() { grep -qF -- "$1" "$dir/err" || { fail "stderr does not say: $1"; cat "$dir/err"; }; }

"$PROGRAMS_DIR/write_journal" "$dir/logs" 5000 400
segment=$(echo "$dir"/logs/*.jsonl.zst)
zstdcat "$segment" >"$dir/lines"
zstd -q --no-progress "$dir/lines" -o "$dir/foreign.jsonl.zst"

# same_as_jq JQ_CONDITION ARGUMENT...: grep finds what jq selects, wherever the lines lie.
same_as_jq() {
    local condition=$1 path
    shift
    jq -c "select($condition)" "$dir/lines" >"$dir/expected"
    [ -s "$dir/expected" ] || fail "jq selects nothing by $condition"
    for path in "$dir/logs" "$dir/lines" "$dir/foreign.jsonl.zst"; do
        check 0 "$@" "$path"
        [ ! -s "$dir/err" ] || fail "grep $* $path says something"
        jq -c . "$dir/out" | cmp -s - "$dir/expected" || fail "grep $* $path is not what jq selects"
        "$PROGRAMS_DIR/read_events" "$path" "$@" | cmp -s - "$dir/out" || fail "Reader gives something else of $* $path"
    done
    "$wideline" grep "$@" - <"$segment" | jq -c . | cmp -s - "$dir/expected" || fail "grep $* of a pipe is not what jq selects"
}

same_as_jq '.outcome == "error"' outcome=error
same_as_jq '.number == 4711' number=4711
same_as_jq '.number == 4711' number=4711.0
same_as_jq '.duration_ms >= 500.25' 'duration_ms>=500.25'
same_as_jq '.duration_ms < 3' 'duration_ms<3'
same_as_jq '.name != "search"' name!=search
same_as_jq '.["error.type"] and .["error.type"] != "x"' error.type!=x
same_as_jq '.["error.type"]' error.type
same_as_jq '.["error.why"] // "" | contains("insufficient")' insufficient
same_as_jq '.["user.id"] | test("^u_1.$")' 'user.id~^u_1.$'
same_as_jq '.name == "checkout" and .outcome == "error" and .number > 2500' name=checkout outcome=error 'number>2500'
same_as_jq '.number == 7 or .["user.id"] == "u_42"' --any number=7 user.id=u_42
same_as_jq '.outcome != "success" and .number > 100' --errors 'number>100'
same_as_jq '.timestamp >= "2026-11-23T22:50" and .name == "search"' --since 2026-11-23T22:50:00Z name=search

check 0 --count outcome=error "$segment"
[ "$(cat "$dir/out")" = "$(grep -c '"outcome":"error"' "$dir/lines")" ] || fail "grep --count does not count"
check 0 --max 3 outcome=error "$segment"
grep -m3 '"outcome":"error"' "$dir/lines" | cmp -s - "$dir/out" || fail "grep --max does not give the first ones"
check 0 --fields number,name number=12 "$segment"
[ "$(cat "$dir/out")" = '{"number":12,"name":"search"}' ] || fail "grep --fields gives something else"
check 0 number=12 "$segment" "$segment"
[ "$(wc -l <"$dir/out")" = 1 ] || fail "an event is shown twice"

# All events of the traces that have one that matches; a match that is of no trace is shown too.
cat >"$dir/traces" <<'END'
{"trace_id":"a1","n":1}
{"trace_id":"b2","n":2,"failed":true}
{"trace_id":"a1","n":3,"failed":true}
{"n":4,"failed":true}
{"trace_id":"c3","n":5}
{"trace_id":"b2","n":6}
END
check 0 --context trace failed=true "$dir/traces"
[ "$(jq -c .n "$dir/out" | tr -d '\n')" = 12346 ] || fail "grep --context trace gives other events"

# Nothing found, and what is wrong.
check 1 user.id=nobody "$segment"
says "no event matches"
check 1 --count user.id=nobody "$segment"
[ "$(cat "$dir/out")" = 0 ] || fail "grep --count of nothing is not 0"
check 2 user.id=u_1
says "grep needs a PATH behind its expressions"
check 2 "$segment"
says "grep needs an expression before its PATH"
"$wideline" grep 'number>=3' user.id=u_1 "$segment" "$dir/traces" >"$dir/expected"
check 0 "$segment" "$dir/traces" 'number>=3' user.id=u_1
cmp -s "$dir/expected" "$dir/out" || fail "grep with its paths first finds something else"
check 2 'name~(' "$segment"
says 'the regular expression in "name~(" is not one'
check 2 =x "$segment"
says "has no key"
check 2 name=x "$segment" "$dir/absent"
says "absent"
check 2 --context trace name=x -
says "reads its input twice"

# A damaged frame costs that frame; a torn end what is behind it.
size=$(stat -c %s "$segment")
cp "$segment" "$dir/flipped.jsonl.zst"
printf '\x00\xff\x00\xff' | dd of="$dir/flipped.jsonl.zst" bs=1 seek=$((size / 2)) conv=notrunc status=none
head -c $((size * 2 / 3)) "$segment" >"$dir/torn.jsonl.zst"
for damaged in flipped torn; do
    check 1 'number>=0' "$dir/$damaged.jsonl.zst"
    says "bytes left out"
    "$wideline" cat "$dir/$damaged.jsonl.zst" >"$dir/expected" 2>/dev/null || true
    cmp -s "$dir/expected" "$dir/out" || fail "grep of a $damaged segment is not what cat gives"
    [ -s "$dir/out" ] || fail "grep of a $damaged segment gives nothing"
    "$PROGRAMS_DIR/read_events" "$dir/$damaged.jsonl.zst" 'number>=0' 2>"$dir/problems" | cmp -s - "$dir/out" ||
        fail "Reader gives something else of a $damaged segment"
    sed 's/^wideline: //' "$dir/err" | cmp -s - "$dir/problems" || fail "Reader says something else of a $damaged segment"
done

# A closed pipe ends quietly.
"$wideline" grep 'number>=0' "$segment" 2>"$dir/err" | head -1 >/dev/null || fail "a closed pipe is an error"
[ ! -s "$dir/err" ] || fail "a closed pipe is complained about"

exit "$failed"
