#!/usr/bin/env bash
# Asks questions of every verb for a tenth of SOAK_SECONDS (tests/system/one_answer.py).
# Then kills forwarders for as long (forward_kills.py).
# Then kills processes under load, and while they recover, for SOAK_SECONDS (600): tests/system/crashes.cpp. Called by `./dev
# soak` with the build directory.
set -euo pipefail

build=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
seconds=${SOAK_SECONDS:-600}
source=$(cd "$(dirname "$0")/../.." && pwd)
WIDELINE_BIN=$build/bin/wideline PROGRAMS_DIR=$build/tests/system WIDELINE_ONE_ANSWER_SECONDS=${ONE_ANSWER_SECONDS:-$((seconds / 10))} \
    python3 "$source/tests/system/one_answer.py" || [ $? = 77 ]
WIDELINE_BIN=$build/bin/wideline PROGRAMS_DIR=$build/tests/system python3 "$source/tests/soak/forward_kills.py" $((seconds / 10)) || [ $? = 77 ]
"$build/tests/system/crashes" soak "$seconds" "$dir" "$build/bin/wideline"
