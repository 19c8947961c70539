#!/usr/bin/env bash
# Builds a plugin against the installed library, and programs that load it: one without wideline, one with wideline.
set -euo pipefail
work="$BUILD_DIR/install_test/plugin"
consumer="$SOURCE_DIR/tests/install/consumer"
rm -rf "$work"
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
"$CMAKE" --install "$BUILD_DIR" --prefix "$work/prefix" >/dev/null
PKG_CONFIG_PATH=$(dirname "$(find "$work/prefix" -name wideline.pc)")
export PKG_CONFIG_PATH
libdir=$(dirname "$PKG_CONFIG_PATH")
export LD_LIBRARY_PATH="$libdir"
# What a path may hold, pkg-config writes as for a shell.
LC_ALL=C eval "flags=($(pkg-config --cflags wideline))"
LC_ALL=C eval "libraries=($(pkg-config --libs wideline))"
compile=("$CXX" -std=c++20 -O1 -Wall -Wextra -Wpedantic -Werror)

cd "$work"
# As plugins are built: hidden symbols, nothing undefined, no section that nobody refers to.
"${compile[@]}" -shared -fPIC -fvisibility=hidden -ffunction-sections "${flags[@]}" "$consumer/plugin.cpp" -o plugin.so \
    -Wl,--gc-sections -Wl,-z,defs "${libraries[@]}"
"${compile[@]}" "$consumer/plugin_host.cpp" -o host -ldl
"${compile[@]}" -DHOST_WRITES "${flags[@]}" "$consumer/plugin_host.cpp" -o writing_host "${libraries[@]}" -ldl

failed=0
expect() {
    [[ "$2" == "$3" ]] && return
    printf '%s: expected\n%s\nbut was\n%s\n' "$1" "$2" "$3"
    failed=1
}

expect "a plugin in a program without wideline" "1 events" "$(./host ./plugin.so)"

# Their thread-local variables have room beside each other.
cp plugin.so second.so
if [[ "$SHARED" == ON ]]; then
    expect "two plugins that share the library" "1 events
1 events" "$(./host ./plugin.so ./second.so 2>&1)"
    expect "a plugin writes to its program's recorder" "2 events" "$(./writing_host ./plugin.so 2>&1)"
else
    said="this process has several copies of wideline, and what is written with one is not in the events of another"
    way_out="docs/plugins.md says how to have one"
    expect "two plugins with a copy each" "wideline: $said: in ./plugin.so, ./second.so; $way_out
1 events
wideline: $said: in ./plugin.so, ./second.so; $way_out
1 events" "$(./host ./plugin.so ./second.so 2>&1)"
    expect "a plugin with a copy beside its program's" "wideline: $said: in the program, ./plugin.so; $way_out
1 events: $said: in the program, ./plugin.so; $way_out" "$(./writing_host ./plugin.so 2>&1)"
    # The program offers its copy.
    "${compile[@]}" -shared -fPIC "${flags[@]}" "$consumer/plugin.cpp" -o light.so
    "${compile[@]}" -DHOST_WRITES "${flags[@]}" "$consumer/plugin_host.cpp" -o offering_host -rdynamic \
        -Wl,--whole-archive "$libdir/libwideline.a" -Wl,--no-whole-archive \
        "${libraries[@]}" -ldl
    expect "a plugin that links nothing" "2 events" "$(./offering_host ./light.so 2>&1)"
    strip plugin.so
    expect "stripped" "1 events: $said: in the program, ./plugin.so; $way_out" "$(./writing_host ./plugin.so 2>/dev/null)"
fi
exit $failed
