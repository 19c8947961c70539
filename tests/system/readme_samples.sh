#!/usr/bin/env bash
# The README's programs are the files that are built here. The first prints the line that the README shows, but for what differs
# from run to run: times, ids, and the process. The second prints two lines, each with its own fields.
set -euo pipefail

block_after() {  # the code block behind the comment $1
    awk -v mark="<!-- $1 -->" '$0 == mark { found = 1; next } found && /^```/ { if (inside) exit; inside = 1; next } inside' \
        "$SOURCE_DIR/README.md"
}

masked() { jq -c '.timestamp = 0 | .duration_ms = 0 | .trace_id = 0 | .span_id = 0 | .event_id = 0 |
                  .["service.instance"] = 0 | .["payment.duration_ms"] = 0'; }

diff <(block_after "the file examples/checkout.cpp") "$SOURCE_DIR/examples/checkout.cpp"
diff <(block_after "the file examples/async/coroutine.cpp") "$SOURCE_DIR/examples/async/coroutine.cpp"
shown=$(block_after "the output of examples/checkout.cpp" | masked)
printed=$("$EXAMPLES_DIR/example_checkout" | masked)
[[ -n "$shown" ]] || { echo "the README shows no line"; exit 1; }
diff <(echo "$shown") <(echo "$printed")

coroutine="$EXAMPLES_DIR/async/example_async_coroutine"
[[ -x "$coroutine" ]] || exit 0  # this machine has no Boost
orders=$("$coroutine" | jq -sc 'sort_by(."book.id") | map([."book.id", .outcome, ."db.queries", ."stock.count", has("parent_span_id")])')
[[ "$orders" == '[[42,"error",1,1,false],[43,"success",1,1,false]]' ]] || { echo "the orders are $orders"; exit 1; }
