# What wideline stands on. Every package is looked for on this machine first; only one that is missing is fetched, as
# source, at the version that is named here, and only where WIDELINE_FETCH allows it.
include(FetchContent)

# wideline_fetch(name repository tag [SOURCE_SUBDIR dir] [HEADERS_ONLY]): adds the project, or with HEADERS_ONLY just leaves
# its source in <name>_SOURCE_DIR.
function(wideline_fetch name repository tag)
    cmake_parse_arguments(PARSE_ARGV 3 arg "HEADERS_ONLY" "SOURCE_SUBDIR" "")
    if(NOT WIDELINE_FETCH)
        message(FATAL_ERROR "wideline needs ${name}: install its development package, or set WIDELINE_FETCH=ON")
    endif()
    message(STATUS "wideline: ${name} is not installed, fetching ${repository} ${tag}")
    set(declaration GIT_REPOSITORY ${repository} GIT_TAG ${tag})
    if(arg_HEADERS_ONLY)
        set(arg_SOURCE_SUBDIR there-is-no-project-here)
    endif()
    if(arg_SOURCE_SUBDIR)
        list(APPEND declaration SOURCE_SUBDIR ${arg_SOURCE_SUBDIR})
    endif()
    if(CMAKE_VERSION VERSION_GREATER_EQUAL 3.25)
        list(APPEND declaration SYSTEM)
    endif()
    # Always static, whatever wideline itself is: a dependency that is built here must not be looked for at run time.
    set(BUILD_SHARED_LIBS OFF)
    set(CMAKE_POSITION_INDEPENDENT_CODE ON)
    set(CMAKE_POLICY_DEFAULT_CMP0077 NEW)
    set(BUILD_TESTING OFF)
    FetchContent_Declare(${name} ${declaration})
    FetchContent_MakeAvailable(${name})
    set(${name}_SOURCE_DIR ${${name}_SOURCE_DIR} PARENT_SCOPE)
endfunction()

# --- the library

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

if(NOT TARGET nlohmann_json::nlohmann_json)
    find_package(nlohmann_json 3.10 CONFIG QUIET)
endif()
if(NOT TARGET nlohmann_json::nlohmann_json)
    set(JSON_Install ${WIDELINE_INSTALL})
    wideline_fetch(nlohmann_json https://github.com/nlohmann/json v3.11.3)
endif()

if(NOT TARGET fmt::fmt)
    find_package(fmt 8 CONFIG QUIET)
endif()
if(NOT TARGET fmt::fmt)
    set(FMT_INSTALL ${WIDELINE_INSTALL})
    wideline_fetch(fmt https://github.com/fmtlib/fmt 10.2.1)
endif()

include(wideline-zstd)
if(NOT TARGET wideline::zstd)
    set(ZSTD_BUILD_PROGRAMS OFF)
    set(ZSTD_BUILD_SHARED OFF)
    wideline_fetch(zstd https://github.com/facebook/zstd v1.5.6 SOURCE_SUBDIR build/cmake)
    target_include_directories(libzstd_static SYSTEM INTERFACE $<BUILD_INTERFACE:${zstd_SOURCE_DIR}/lib>)
    add_library(wideline::zstd INTERFACE IMPORTED GLOBAL)
    target_link_libraries(wideline::zstd INTERFACE libzstd_static)
endif()

# Used with XXH_INLINE_ALL: its code becomes part of ours, and nothing is linked.
find_path(WIDELINE_XXHASH_INCLUDE_DIR xxhash.h)
mark_as_advanced(WIDELINE_XXHASH_INCLUDE_DIR)
add_library(wideline_xxhash INTERFACE)
if(WIDELINE_XXHASH_INCLUDE_DIR)
    target_include_directories(wideline_xxhash SYSTEM INTERFACE ${WIDELINE_XXHASH_INCLUDE_DIR})
else()
    wideline_fetch(xxhash https://github.com/Cyan4973/xxHash v0.8.2 HEADERS_ONLY)
    target_include_directories(wideline_xxhash SYSTEM INTERFACE ${xxhash_SOURCE_DIR})
endif()

# --- backends of wideline::forward

if(WIDELINE_BUILD_FORWARD AND WIDELINE_WITH_CURL)
    find_package(CURL 7.68 QUIET)
    find_package(ZLIB QUIET)
    if(NOT TARGET CURL::libcurl OR NOT TARGET ZLIB::ZLIB)
        message(STATUS "wideline: libcurl or zlib is not installed, so the backends clickhouse and http are left out")
    endif()
endif()

# --- the command

if(WIDELINE_BUILD_CLI)
    find_package(CLI11 CONFIG QUIET)
    if(NOT TARGET CLI11::CLI11)
        wideline_fetch(CLI11 https://github.com/CLIUtils/CLI11 v2.4.2)
    endif()
endif()

# Debian compiles cpp-httplib into a library and says with which features in its pkg-config file alone; classes differ
# with those features, so the header must not be used without them. Where there is none, the command is built without view.
if(WIDELINE_BUILD_CLI OR WIDELINE_BUILD_TESTS OR WIDELINE_BUILD_EXAMPLES)
    find_package(httplib CONFIG QUIET)
    if(NOT TARGET httplib::httplib)
        find_package(PkgConfig QUIET)
        if(PKG_CONFIG_FOUND)
            pkg_check_modules(WIDELINE_HTTPLIB QUIET IMPORTED_TARGET cpp-httplib)
        endif()
        if(TARGET PkgConfig::WIDELINE_HTTPLIB)
            add_library(httplib::httplib INTERFACE IMPORTED)
            target_link_libraries(httplib::httplib INTERFACE PkgConfig::WIDELINE_HTTPLIB)
        elseif(WIDELINE_BUILD_EXAMPLES)
            wideline_fetch(httplib https://github.com/yhirose/cpp-httplib v0.15.3)
        elseif(WIDELINE_BUILD_CLI)
            message(STATUS "wideline: cpp-httplib is not installed, so the command is built without view")
        endif()
    endif()
endif()

# --- tests, examples, benchmarks

if(WIDELINE_BUILD_TESTS OR WIDELINE_BUILD_BENCHMARKS)
    # A second opinion on what the encoder writes, and a peer.
    find_package(simdjson CONFIG QUIET)
    if(NOT TARGET simdjson::simdjson)
        wideline_fetch(simdjson https://github.com/simdjson/simdjson v3.10.1)
    endif()
endif()

if(WIDELINE_BUILD_TESTS)
    find_package(Catch2 CONFIG QUIET)
    if(NOT TARGET Catch2::Catch2)
        wideline_fetch(Catch2 https://github.com/catchorg/Catch2 v3.5.4)
        list(APPEND CMAKE_MODULE_PATH ${Catch2_SOURCE_DIR}/extras)
    endif()

    find_package(rapidcheck CONFIG QUIET)
    if(NOT TARGET rapidcheck)
        wideline_fetch(rapidcheck https://github.com/emil-e/rapidcheck ff6af6fc683159deb51c543b065eba14dfcf329b)
    endif()
endif()

if(WIDELINE_BUILD_BENCHMARKS)
    find_package(benchmark CONFIG QUIET)
    if(NOT TARGET benchmark::benchmark)
        set(BENCHMARK_ENABLE_TESTING OFF)
        set(BENCHMARK_ENABLE_INSTALL OFF)
        wideline_fetch(benchmark https://github.com/google/benchmark v1.8.3)
    endif()
endif()
