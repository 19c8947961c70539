#!/usr/bin/env bash
# The table of `wideline schema --clickhouse` takes the lines that it was made of, in a ClickHouse that is here.
set -euo pipefail

for tool in clickhouse-server curl jq; do
    command -v "$tool" >/dev/null || { echo "skipped: there is no $tool"; exit 77; }
done

dir=$(mktemp -d)
server=
trap '[[ -z "$server" ]] || { kill "$server"; wait "$server" 2>/dev/null || true; }; rm -rf "$dir"' EXIT

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
port=$(free_port)
cat >"$dir/config.xml" <<END
<?xml version="1.0"?>
<yandex>
    <logger><level>error</level><log>$dir/log</log><errorlog>$dir/errors</errorlog></logger>
    <http_port>$port</http_port><tcp_port>$(free_port)</tcp_port><listen_host>127.0.0.1</listen_host>
    <path>$dir/data/</path><tmp_path>$dir/tmp/</tmp_path><mark_cache_size>5368709</mark_cache_size>
    <users><default><password></password><networks><ip>::/0</ip></networks><profile>default</profile>
        <quota>default</quota></default></users>
    <profiles><default/></profiles><quotas><default/></quotas>
</yandex>
END
clickhouse-server --config-file="$dir/config.xml" >"$dir/out" 2>&1 &
server=$!
for _ in $(seq 100); do
    curl -sf "127.0.0.1:$port/ping" >/dev/null && break
    kill -0 "$server" 2>/dev/null || { echo "skipped: the server does not start"; tail -3 "$dir/out"; exit 77; }
    sleep 0.1
done

ask() { curl -sf "127.0.0.1:$port/" --data-binary "$1"; }
insert() {
    curl -s "127.0.0.1:$port/?query=insert%20into%20events%20format%20JSONEachRow&input_format_skip_unknown_fields=1" \
        --data-binary "@$1"
}

# check NAME LINES: makes the table, fills it, and counts.
check() {
    ask "drop table if exists events"
    "$WIDELINE_BIN" schema --clickhouse "$2" >"$dir/table.sql"
    curl -s "127.0.0.1:$port/" --data-binary "$(sed 's/;$//' "$dir/table.sql")" >"$dir/answer"
    [[ ! -s "$dir/answer" ]] || { echo "FAILED: $1: the table is refused"; cat "$dir/answer" "$dir/table.sql"; exit 1; }
    insert "$2" >"$dir/answer"
    [[ ! -s "$dir/answer" ]] || { echo "FAILED: $1: the lines are refused"; cat "$dir/answer" "$dir/table.sql"; exit 1; }
    local rows
    rows=$(ask "select count() from events")
    [[ "$rows" == "$(wc -l <"$2")" ]] || { echo "FAILED: $1: $rows rows"; exit 1; }
}

"$PROGRAMS_DIR/write_journal" "$dir/logs" 2000 500
"$WIDELINE_BIN" cat "$dir/logs" >"$dir/journal.jsonl"
check "a journal" "$dir/journal.jsonl"
weight=$(jq -s 'map(.sample_weight) | add' "$dir/journal.jsonl")
[[ "$(ask "select sum(sample_weight) from events")" == "$weight" ]] || { echo "FAILED: the weights are others"; exit 1; }
first=$(ask "select toUnixTimestamp(min(time)) from events")
[[ "$first" == 1795471200 ]] || { echo "FAILED: the first event began at $first"; exit 1; }

cat >"$dir/kinds.jsonl" <<'END'
{"timestamp":"2026-11-23T22:01:02.123456Z","event_id":"a","s":"ü\"","i":-5,"u":18446744073709551615,"f":1,"b":true,"n":null,"a":["x"],"x.a":[1],"x.b":[1,2.5],"m":1,"o":{"p":1},"e":[],"z":[null],"w`eird":1,"h":1e400}
{"timestamp":"2026-11-23T22:01:03Z","event_id":"b","s":null,"i":null,"u":7,"f":2.5,"b":false,"n":null,"a":[],"x.a":[],"x.b":[1],"m":"text","o":{},"e":[],"z":[1],"l":[null],"h":1}
{"timestamp":"2026-11-23T22:01:04Z","event_id":"c","b":null,"a":null}
END
check "values of every kind" "$dir/kinds.jsonl"
[[ "$(ask "select i, u, f, b from events where event_id = 'a'" | tr '\t' ' ')" == "-5 18446744073709551615 1 1" ]] ||
    { echo "FAILED: the values are others"; ask "select * from events format JSONEachRow"; exit 1; }
[[ "$(ask "select count() from events where i is null")" == 2 ]] || { echo "FAILED: what is absent is not null"; exit 1; }

printf '{"anything":1}\n{"else":"x"}\n' >"$dir/foreign.jsonl"
check "lines of another program" "$dir/foreign.jsonl"
echo "ClickHouse $(ask 'select version()') takes the lines"
