#!/usr/bin/env bash
# run.sh find_package | pkg_config | add_subdirectory | fetch_content: builds tests/install/consumer, a user's project, against
# wideline in this way, with all warnings as errors, and runs it.
set -euo pipefail
way="$1"
work="$BUILD_DIR/install_test/$way"
consumer="$SOURCE_DIR/tests/install/consumer"
prefix="$work/prefix"
build="$work/build"
warnings="-Wall -Wextra -Wpedantic -Werror"
rm -rf "$work"
mkdir -p "$work"

install_wideline() { "$CMAKE" --install "$BUILD_DIR" --prefix "$prefix" >/dev/null; }

# build_with_cmake [cmake arguments…]
build_with_cmake() {
    "$CMAKE" -S "$consumer" -B "$build" -G Ninja -DCMAKE_CXX_COMPILER="$CXX" -DWAY="$way" \
        -DCONSUMER_WARNINGS="${warnings// /;}" "$@"
    "$CMAKE" --build "$build"
}

# The library is built once more, from its sources, by the commands that BUILD_DIR was built by, so that ccache has it already:
# also where a base directory of ccache's makes paths relative, as this directory is as deep.
build_library_within() {
    build="$BUILD_DIR-$way"
    rm -rf "$build"
    trap 'rm -rf "$build"' EXIT
    build_with_cmake -DWIDELINE_DIR="$SOURCE_DIR" -DCMAKE_BUILD_TYPE=None -DCMAKE_CXX_FLAGS="$LIBRARY_CXX_FLAGS" \
        -DBUILD_SHARED_LIBS="$SHARED" -DWIDELINE_WERROR="$LIBRARY_WERROR" -DCMAKE_CXX_COMPILER_LAUNCHER="$CXX_LAUNCHER"
    # Only the library: no test, no command, no example of ours in a user's build.
    if [[ -n "$(find "$build" -name 'wideline_tests*' -o -name 'wideline_cli*' -o -name 'example_*')" ]]; then
        echo "a user's build builds more of wideline than its library"
        exit 1
    fi
}

case "$way" in
    find_package)
        install_wideline
        # An installed tree may be moved: nothing in it may name the place where it was.
        mv "$prefix" "$work/moved"
        build_with_cmake -DCMAKE_PREFIX_PATH="$work/moved" -DCOMPONENTS="${COMPONENTS// /;}"
        [[ "$COMPONENTS" != *grpc* ]] || "$build/consumer_grpc"
        [[ "$COMPONENTS" != *clickhouse* ]] || "$build/consumer_clickhouse"
        program="$build/consumer"
        reader="$build/consumer_reader" # this build has one
        ;;
    pkg_config)
        install_wideline
        PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name wideline.pc)")
        export PKG_CONFIG_PATH
        # It writes paths as for a shell: a blank, and each byte of a letter outside ASCII, with a backslash before it.
        words() { LC_ALL=C eval "answer=($(pkg-config "$@"))"; }
        build_with_pkg_config() { # NAME SOURCE
            local flags
            words --cflags "$1" && flags=("${answer[@]}")
            words --libs "$1"
            # shellcheck disable=SC2086 # the warnings are meant to be split
            "$CXX" -std=c++20 $warnings "${flags[@]}" "$consumer/$2.cpp" -o "$work/$2" "${answer[@]}"
        }
        build_with_pkg_config wideline main
        build_with_pkg_config wideline-reader reader
        program="$work/main"
        reader="$work/reader" # this build has one
        LD_LIBRARY_PATH=$(dirname "$PKG_CONFIG_PATH")
        export LD_LIBRARY_PATH
        ;;
    add_subdirectory | fetch_content)
        build_library_within
        program="$build/consumer"
        ;;
    *)
        echo "unknown way: $way"
        exit 2
        ;;
esac

cd "$work"
"$program"
[[ -z "${reader:-}" ]] || "$reader"
rm -rf "$work"
