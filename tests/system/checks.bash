# What the scripts here begin with: a directory of their own, removed at the end, and `failed`, their exit status.
set -euo pipefail

# need TOOL...: or the test is skipped.
need() {
    local tool
    for tool; do
        command -v "$tool" >/dev/null || { echo "skipped: there is no $tool"; exit 77; }
    done
}

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0

fail() {
    echo "FAILED: $1"
    failed=1
}
