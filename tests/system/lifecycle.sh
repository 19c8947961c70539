#!/usr/bin/env bash
# Processes that begin and end in every way: statics, exit, fork, signals. Each ends in time, with the status it should,
# and what it delivers is what it logged, once.
source "$(dirname "$0")/checks.bash"

# A thread that never ends is no leak of ours.
export TSAN_OPTIONS="report_thread_leaks=0 ${TSAN_OPTIONS:-}"

# run SCENARIO STATUS [NAME=COUNT...]: the events by name, how many of each; * is any number.
run() {
    local scenario=$1 expected=$2 status=0
    shift 2
    timeout 30 "$PROGRAMS_DIR/lifecycle" "$scenario" >"$dir/out" 2>"$dir/err" </dev/null || status=$?
    [ "$status" = 77 ] && return 0 # a sanitizer stands in its way
    if [ "$status" != "$expected" ]; then
        fail "$scenario: status $status, expected $expected"
        head -20 "$dir/err"
    fi
    # A process that exits cuts off the write that one of its threads is in.
    sed -i '${/[^}]$/d}' "$dir/out"
    grep -qvE '^\{"timestamp".*\}$' "$dir/out" && fail "$scenario: a line is torn"
    local names='' name
    for pair in "$@"; do
        name=${pair%=*}
        names="$names|$name"
        [ "${pair##*=}" = '*' ] && continue
        local count
        count=$(grep -cF "\"name\":\"$name\"" "$dir/out" || true)
        [ "$count" = "${pair##*=}" ] || fail "$scenario: $count events named $name, expected ${pair##*=}"
    done
    grep -qvE "\"name\":\"(${names#|})\"" "$dir/out" && fail "$scenario: there are other events"
    return 0
}

run recorder_after_main 0 "in main=1" "static=1"
run request_outlives_recorder 0 "in main=1" "never ends in time=1"
run thread_outlives_recorder 0 "of a detached thread=*"
run thread_local_request 0 "of the main thread=1" "of a thread=1"
run exit_in_a_request 3 "ended=1" "cut off=1"
run exit_with_the_recorder_on_the_stack 3 "busy=*"
run underscore_exit_in_a_request 3
run fork_before_install 0 "child=1" "parent=1"
run fork_after_install 0 "before=1" "child=1" "parent=1"
run fork_and_return 0 "before=1"
run fork_inside_a_request 0 "parent=1" "child=1"
[ ! -s "$dir/out" ] || grep -F '"name":"parent"' "$dir/out" | grep -qF '"a":1' || fail "fork_inside_a_request: the child wrote to the parent's event"
run fork_under_load 0 "child=60"
run fork_while_a_sink_is_stuck 0 "child=1"
run fork_after_a_failed_install 0 "child=1" "parent=1"
run signals_reach_the_service_alone 0
run stdout_is_a_closed_pipe 0

exit $failed
