#!/usr/bin/env bash
# Kills processes under load, and while they recover, for SOAK_SECONDS (600): tests/system/crashes.cpp. Called by `./dev
# soak` with the build directory.
set -euo pipefail

build=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$build/tests/system/crashes" soak "${SOAK_SECONDS:-600}" "$dir" "$build/bin/wideline"
