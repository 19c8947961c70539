#!/usr/bin/env bash
# light.sh COMPILER [FLAG…]: what every file of a service includes must stay cheap to compile. <sstream> comes with <chrono>.
set -uo pipefail
[[ -e "$SOURCE_DIR/include/wideline/wideline.hpp" ]] || exit 77
tree=$("$@" -M -x c++ - <<<'#include <wideline/wideline.hpp>') || exit 1
heavy=$(tr ' ' '\n' <<<"$tree" | grep -E '/fmt/|/nlohmann/json\.hpp|/zstd\.h|/(functional|regex|sstream|iostream|fstream|filesystem|format|mutex|thread|algorithm)$')
if [[ -n "$heavy" ]]; then
    echo "wideline.hpp includes:"
    echo "$heavy"
    exit 1
fi
