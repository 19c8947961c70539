#!/usr/bin/env bash
# A service forks, in every way, and neither the parent nor the child loses or spoils what the other records.
source "$(dirname "$0")/checks.bash"

"$PROGRAMS_DIR/fork" "$dir" || { status=$?; [ "$status" = 77 ] && exit 77; fail "see above (status $status)"; }

exit $failed
