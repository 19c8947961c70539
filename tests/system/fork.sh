#!/usr/bin/env bash
# A service forks, in every way, and neither the parent nor the child loses or spoils what the other records.
source "$(dirname "$0")/checks.bash"

status=0
"$PROGRAMS_DIR/fork" "$dir" 2>"$dir/err" || status=$?
[ "$status" = 77 ] && exit 77
[ "$status" = 0 ] || { fail "status $status"; cat "$dir/err"; }

# A child that goes on with its parent's recorder is told so, once: two kinds of children, two of sinks, three ends.
told=$(grep -c 'wideline: this process was forked' "$dir/err" || true)
[ "$told" = 12 ] || { fail "$told children were told that they record nothing, not 12"; cat "$dir/err"; }

exit $failed
