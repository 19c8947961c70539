#!/usr/bin/env bash
# `wideline view` in a browser: the page shows what the journal holds, hostile events are text, Ctrl-C ends it quietly.
source "$(dirname "$0")/checks.bash"
need chromium curl jq
if "$WIDELINE_BIN" view /there/is/nothing 2>&1 | grep -q 'built without view'; then
    echo "skipped: the command was built without view"
    exit 77
fi

server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$dir" 2>/dev/null || true' EXIT

"$PROGRAMS_DIR/write_journal" "$dir/logs" 3000 400
hostile='<img src=x onerror="document.title=1"><script>document.title=1</script>'
jq -cn --arg hostile "$hostile" '{timestamp: "2026-11-23T23:30:00.000000Z", name: $hostile, duration_ms: 12.5,
    outcome: "error", sample_weight: 1, "error.message": $hostile, "error.link": "https://runbook.example/a", ($hostile): $hostile, big: 1}' |
    sed 's/"big":1/"big":9007199254740993/' >"$dir/logs/hostile.jsonl"
zstd -q --rm "$dir/logs/hostile.jsonl" -o "$dir/logs/hostile.jsonl.zst"

"$WIDELINE_BIN" view --port 0 "$dir/logs" >"$dir/out" 2>"$dir/err" &
server=$!
for _ in $(seq 100); do [ -s "$dir/out" ] && break || sleep 0.1; done
address=$(cat "$dir/out")
address=${address%/}
[[ $address == http://127.0.0.1:* ]] || { fail "it prints no address: $address"; exit 1; }

curl -sI "$address" | grep -qi "^content-security-policy: default-src 'self'" || fail "there is no content policy"
[ "$(curl -s -o "$dir/refused" -w '%{http_code}' -H 'Host: evil.example' "$address/api/summary")" = 403 ] ||
    fail "a foreign Host is answered"

page() {
    timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$dir/chromium" \
        --virtual-time-budget=5000 --dump-dom "$address$1" 2>"$dir/chromium.log" >"$dir/page" ||
        { fail "chromium: $1"; tail -3 "$dir/chromium.log"; }
}
shows() { grep -qF -- "$1" "$dir/page" || fail "the page does not show: $1"; }

page ""
shows '3,001 events in 9 frames'
shows '<span class="name">checkout</span>'
[ "$(grep -o 'role="option"' "$dir/page" | wc -l)" = 50 ] || fail "the first page is not 50 events"
shows '<title>wideline</title>' # No event has run.
grep -q '<img' "$dir/page" && fail "an event's text became an element"
shows '&lt;img src=x'

id=$(curl -s "$address/api/events?limit=1&q=big%3E0" | jq -er '.events[0].id') || fail "the hostile event is not found"
page "?id=$id&by=user.id"
shows '9007199254740993' # As it is written, not as a browser rounds it.
shows 'u_99'
shows '<a href="https://runbook.example/a"' # And no other field is one.
shows '<title>wideline</title>'
grep -q '<img' "$dir/page" && fail "a field's text became an element"

page "?q=name%3Dsearch+duration_ms%3E900"
expected=$("$WIDELINE_BIN" cat "$dir/logs" | jq -s '[.[] | select(.name == "search" and .duration_ms > 900)] | length')
shows "<dt>events kept</dt><dd>$expected</dd>"
page "?q=name~("
shows 'is not one'

kill -INT "$server"
status=0
wait "$server" || status=$?
server=
[ "$status" = 0 ] || fail "Ctrl-C: status $status"
[ ! -s "$dir/err" ] || { fail "it says something"; cat "$dir/err"; }

[ "$failed" = 0 ] && echo "the page shows what the journal holds"
exit "$failed"
