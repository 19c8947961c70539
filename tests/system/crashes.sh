#!/usr/bin/env bash
# Processes are killed under load, and while they recover: all that they accepted is found, once. `./dev check` and
# `./dev soak` do so for longer.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$PROGRAMS_DIR/crashes" soak "${SOAK_SECONDS:-8}" "$dir" "$WIDELINE_BIN"
