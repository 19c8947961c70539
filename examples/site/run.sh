#!/usr/bin/env bash
# The demo: a web site under real traffic, and what its wide events say about it.
#
#   examples/site/run.sh BUILD_DIR [LOGS]
#
# Starts the service on a free port of 127.0.0.1, sends it the recorded traffic, stops it, and prints a summary. Events go
# to LOGS, or to a fresh directory logs/demo-<time>. ROUNDS, SECONDS_OF_TRAFFIC and CLIENTS change the traffic.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$here/../.." && pwd)
rounds=${ROUNDS:-4}
seconds=${SECONDS_OF_TRAFFIC:-20}
clients=${CLIENTS:-32}
service_pid=
demo_status=0

fail() {
    printf 'demo: %s\n' "$1" >&2
    exit 1
}

# The service must not outlive the demo, whatever ends it.
stop_service() {
    [[ -n $service_pid ]] || return 0
    kill -TERM "$service_pid" 2>/dev/null || true
    local status=0
    wait "$service_pid" || status=$?
    service_pid=
    return "$status"
}

program() {
    local found
    found=$(find "$build" -type f -name "$1" -perm -u+x -not -path '*/CMakeFiles/*' -print -quit)
    [[ -n $found ]] || fail "$build has no program $1: build it first (./dev demo does)"
    printf '%s\n' "$found"
}

# A path as seen from where the user stands: short, and right to paste.
shown() {
    local path
    path=$(realpath --no-symlinks --relative-base="$PWD" "$1")
    [[ $path == */* ]] || path=./$path
    printf '%s\n' "$path"
}

fresh_directory() {
    local base directory number=1
    base=$project/logs/demo-$(date -u +%Y%m%d-%H%M%S)
    directory=$base
    mkdir -p "$project/logs"
    until mkdir "$directory" 2>/dev/null; do
        [[ -e $directory ]] || fail "$directory cannot be made"
        number=$((number + 1))
        directory=$base-$number
    done
    printf '%s\n' "$directory"
}

start_service() {
    "$service" "$logs" "$run/port" "$run/stats.json" &
    service_pid=$!
    local tenths
    for ((tenths = 0; tenths < 100; ++tenths)); do
        [[ -s $run/port ]] && return
        kill -0 "$service_pid" 2>/dev/null || fail "the service ended at once"
        sleep 0.1
    done
    fail "the service did not listen within 10 s"
}

print_summary() {
    local compressed
    compressed=$(cat "$logs"/*.jsonl.zst | wc -c)
    "$wideline" cat "$logs" | "$summary" "$run/truth.json" "$run/stats.json" "$compressed" || demo_status=1
    printf '  Files      %s\n' "$(shown "$logs")"
    (cd "$logs" && printf '             %s\n' *.jsonl.zst)
}

# The first error that says why: read through a segment of its own, so that it is printed as the command prints any other.
print_failed_event() {
    "$wideline" cat --errors "$logs" >"$run/errors.jsonl" || true
    local line
    line=$(grep -m 1 '"error.why"' "$run/errors.jsonl" || head -n 1 "$run/errors.jsonl")
    [[ -n $line ]] || return 0
    printf '\n  One failed request, in full\n\n'
    zstd -q <<<"$line" >"$run/one.jsonl.zst"
    "$wideline" cat --pretty "$run/one.jsonl.zst"
}

print_what_to_try() {
    local command directory
    command=$(shown "$wideline")
    directory=$(shown "$logs")
    printf '\n  Try next\n\n'
    printf '    %s stats %s\n' "$command" "$directory"
    printf '    %s cat --errors --pretty %s\n' "$command" "$directory"
    # shellcheck disable=SC2016 # the command is printed, not run
    printf "    zstdcat %s/*.jsonl.zst | jq -r 'select(.outcome == \"error\") | [.[\"error.type\"], .[\"url.path\"]] | @tsv'\n\n" \
        "$directory"
}

[[ $# -ge 1 && $# -le 2 ]] || {
    printf 'usage: %s BUILD_DIR [LOGS]\n' "$0" >&2
    exit 2
}
[[ -d $1 ]] || fail "$1 is no directory: build first (./dev demo does)"
build=$(cd "$1" && pwd)
service=$(program site_service)
traffic=$(program site_traffic)
summary=$(program site_summary)
wideline=$(program wideline)
if [[ $# -eq 2 ]]; then
    mkdir -p "$2"
    logs=$(cd "$2" && pwd)
    [[ -z $(ls -A "$logs") ]] || fail "$2 is not empty: the summary would count its events too"
else
    logs=$(fresh_directory)
fi
run=$(mktemp -d)

trap 'stop_service || true; rm -rf "$run"' EXIT
trap 'printf "\ndemo: interrupted; what was written until then is in %s\n" "$logs" >&2; exit 130' INT TERM HUP

start_service
printf '  The site listens on http://127.0.0.1:%s; %s clients send it its recorded traffic, %s times over.\n\n' \
    "$(<"$run/port")" "$clients" "$rounds"
"$traffic" "$(<"$run/port")" "$project/examples/data/site_traffic.csv.gz" "$run/truth.json" \
    "$rounds" "$seconds" "$clients" || demo_status=1
[[ -s $run/truth.json ]] || fail "the traffic did not come to its end"
stop_service || fail "the service did not end well"

print_summary
print_failed_event
print_what_to_try
exit "$demo_status"
