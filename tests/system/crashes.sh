#!/usr/bin/env bash
# Processes are killed under load, and while they recover: all that they accepted is found, once. `./dev soak` does so
# for longer.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$PROGRAMS_DIR/crashes" soak "${SOAK_SECONDS:-60}" "$dir" "$WIDELINE_BIN"
