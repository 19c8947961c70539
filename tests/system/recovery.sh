#!/usr/bin/env bash
# What a process could not write is written by the next start, or by `wideline recover`: each event once, those under way with
# the outcome `crashed`, and nothing that was to be in no file.
source "$(dirname "$0")/checks.bash"

# events SCENARIO: name, outcome and rule of each event in its journal, counted.
events() {
    "$WIDELINE_BIN" cat "$dir/$1" 2>/dev/null |
        sed -E 's/.*"name":"([^"]*)".*"outcome":"([^"]*)".*"sample_weight":([^,]*),"sample_rule":"([^"]*)".*/\1 \2 \3 \4/' |
        sort | uniq -c | sed -E 's/^ *//'
}

# expect SCENARIO STATUS EVENTS: runs it, recovers, and compares. Nothing is left to recover.
expect() {
    local scenario=$1 expected=$2 lines=$3 status=0
    timeout 30 "$PROGRAMS_DIR/recovery" "$scenario" "$dir/$scenario" >"$dir/out" 2>"$dir/err" || status=$?
    [ "$status" = "$expected" ] || { fail "$scenario: status $status"; cat "$dir/err"; }
    "$WIDELINE_BIN" recover "$dir/$scenario" >"$dir/recovered" 2>&1 || { fail "$scenario: recover failed"; cat "$dir/recovered"; }
    [ "$(events "$scenario")" = "$lines" ] || { fail "$scenario: other events"; events "$scenario"; }
    "$WIDELINE_BIN" verify "$dir/$scenario" >"$dir/verified" 2>&1 || { fail "$scenario: verify"; cat "$dir/verified"; }
    [ -z "$(find "$dir/$scenario" -name '.wideline-arenas*')" ] || fail "$scenario: a note is left"
}

ended='2 ended success 1.0 otherwise'
expect killed 137 "$ended"
# The recorder is on the stack and never ends; a static request ends after that.
expect exit 0 "$ended
1 open success 1.0 otherwise"
expect killed_after_a_decision 137 "$ended"
expect disk_lost 0 "$ended"
grep -q '2 events' "$dir/recovered" || fail "disk_lost: recover found no events"
# Frames that were not written wait in shared memory, compressed. The directory is back when the process is killed.
expect killed_while_full 137 "$ended
20001 waits success 1.0 otherwise"
expect exec 0 "$ended"
grep -qF -e '-> /dev/shm/wideline-' -e "-> $(realpath "$dir")/exec/" "$dir/out" &&
    fail "exec: a descriptor of ours is open in another program"

# The child that was forked lives, and has written; the parent's events can be had at once, as the parent wrote them.
expect killed_with_a_child 137 "$ended
1 open crashed 1.0 error"
kill "$(cat "$dir/out")"
"$WIDELINE_BIN" cat "$dir/killed_with_a_child" | grep -F '"name":"open"' | grep -qF '"by":"parent"' ||
    fail "killed_with_a_child: the child wrote to the parent's event"

# The next start does as the command does, and recovering again finds nothing.
timeout 30 "$PROGRAMS_DIR/recovery" killed "$dir/started" >"$dir/out" 2>&1 || true
timeout 30 "$PROGRAMS_DIR/recovery" end "$dir/started" >"$dir/out" 2>&1 || fail "the next start: failed"
[ "$(events started)" = "4 ended success 1.0 otherwise" ] || { fail "the next start: other events"; events started; }
"$WIDELINE_BIN" recover "$dir/started" | grep -qF '0 events' || fail "recovering again: found something"

exit $failed
