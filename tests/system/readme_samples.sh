#!/usr/bin/env bash
# The README's program is the file that is built here, and prints the line that the README shows, but for what differs from
# run to run: times, ids, and the process.
set -euo pipefail

block_after() {  # the code block behind the comment $1
    awk -v mark="<!-- $1 -->" '$0 == mark { found = 1; next } found && /^```/ { if (inside) exit; inside = 1; next } inside' \
        "$SOURCE_DIR/README.md"
}

masked() { jq -c '.timestamp = 0 | .duration_ms = 0 | .trace_id = 0 | .span_id = 0 | .event_id = 0 |
                  .["service.instance"] = 0 | .["payment.duration_ms"] = 0'; }

diff <(block_after "the file examples/checkout.cpp") "$SOURCE_DIR/examples/checkout.cpp"
shown=$(block_after "the output of examples/checkout.cpp" | masked)
printed=$("$EXAMPLES_DIR/example_checkout" | masked)
[[ -n "$shown" ]] || { echo "the README shows no line"; exit 1; }
diff <(echo "$shown") <(echo "$printed")
