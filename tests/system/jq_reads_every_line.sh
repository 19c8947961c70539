#!/usr/bin/env bash
# Every line of hostile random events, read by jq, is the event of the model, key by key in the same order.
set -euo pipefail

command -v jq >/dev/null || { echo "skipped: there is no jq"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

events=3000
"$PROGRAMS_DIR/random_lines" "${SEED:-1}" "$events" >"$dir/lines" 2>"$dir/expected"

# What the library stamps by itself is not the model's, nor is the time of a note.
jq -c 'del(.timestamp, .name, .duration_ms, .outcome, .trace_id, .span_id, .event_id, .["service.instance"],
           .sample_weight, .sample_rule)
       | if has("wideline.truncated") then .["wideline.truncated"] = true else . end
       | if (.notes | type) == "array" then .notes |= map(if type == "object" and has("at_ms") then .at_ms = 0 else . end)
         else . end' "$dir/lines" >"$dir/found"
jq -c . "$dir/expected" >"$dir/wanted"

[ "$(wc -l <"$dir/found")" = "$events" ] || { echo "jq finds $(wc -l <"$dir/found") events of $events"; exit 1; }
if ! cmp -s "$dir/found" "$dir/wanted"; then
    line=$(cmp "$dir/found" "$dir/wanted" | sed 's/.*line //')
    echo "The event of seed $((${SEED:-1} + line - 1)) is not the model's:"
    sed -n "${line}p" "$dir/found"
    sed -n "${line}p" "$dir/wanted"
    exit 1
fi
