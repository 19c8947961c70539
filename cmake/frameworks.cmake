# The frameworks that wideline has headers or examples for, each as wideline_with_<name> if this machine has it. Nothing in
# the library needs one of them: tests, examples and benchmarks of those that are missing are left out.

include(CheckCXXSourceCompiles)

# g++ 12 takes the operator delete of Asio's coroutines for one that does not fit their operator new, and it warns that the
# thread sanitizer does not see Asio's fences.
set(asio_warnings $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete> $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)

function(wideline_framework name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "PKG_CONFIG;TARGETS")
    if(arg_PKG_CONFIG)
        find_package(PkgConfig QUIET)
        if(PKG_CONFIG_FOUND)
            pkg_check_modules(WIDELINE_WITH_${name} QUIET IMPORTED_TARGET ${arg_PKG_CONFIG})
            set(arg_TARGETS PkgConfig::WIDELINE_WITH_${name})
        endif()
    endif()
    foreach(target ${arg_TARGETS})
        if(NOT TARGET ${target})
            return()
        endif()
    endforeach()
    add_library(wideline_with_${name} INTERFACE)
    target_link_libraries(wideline_with_${name} INTERFACE ${arg_TARGETS})
    set(WIDELINE_FRAMEWORKS ${WIDELINE_FRAMEWORKS} ${name} PARENT_SCOPE)
endfunction()

find_package(Boost 1.74 QUIET OPTIONAL_COMPONENTS context coroutine fiber)
find_package(OpenMP QUIET COMPONENTS CXX)
find_package(TBB CONFIG QUIET)
find_package(spdlog CONFIG QUIET)
find_package(glog CONFIG QUIET)
find_package(opentelemetry-cpp CONFIG QUIET)

# Older versions of Asio have coroutines by some compilers alone: Boost 1.74's not by clang 14.
function(wideline_asio_has_coroutines variable header namespace)
    set(CMAKE_REQUIRED_FLAGS -std=c++20)
    set(CMAKE_REQUIRED_LIBRARIES ${ARGN})
    check_cxx_source_compiles("#include <utility>
                               #include <${header}>
                               ${namespace}::awaitable<void> coroutine() { co_return; }
                               int main() {}" ${variable})
endfunction()

wideline_framework(boost TARGETS Boost::headers)
if(TARGET wideline_with_boost)
    wideline_asio_has_coroutines(WIDELINE_BOOST_ASIO_HAS_COROUTINES boost/asio/awaitable.hpp boost::asio Boost::headers)
endif()
if(WIDELINE_BOOST_ASIO_HAS_COROUTINES)
    wideline_framework(asio TARGETS wideline_with_boost Boost::context Boost::coroutine)
    wideline_framework(beast TARGETS wideline_with_boost)
    target_compile_options(wideline_with_boost INTERFACE ${asio_warnings})
endif()
wideline_framework(fiber TARGETS Boost::fiber Boost::context)
wideline_framework(httplib TARGETS httplib::httplib)
wideline_framework(libuv PKG_CONFIG libuv)
wideline_framework(libevent PKG_CONFIG libevent)
wideline_framework(libmicrohttpd PKG_CONFIG libmicrohttpd)
wideline_framework(openmp TARGETS OpenMP::OpenMP_CXX)
wideline_framework(tbb TARGETS TBB::tbb)
wideline_framework(spdlog TARGETS spdlog::spdlog)
wideline_framework(glog TARGETS glog::glog)
wideline_framework(opentelemetry TARGETS opentelemetry-cpp::api)

# gRPC by pkg-config: its CMake package ends the configuration if only its compiler's plugin is missing.
find_program(WIDELINE_PROTOC protoc)
find_program(WIDELINE_GRPC_CPP_PLUGIN grpc_cpp_plugin)
mark_as_advanced(WIDELINE_PROTOC WIDELINE_GRPC_CPP_PLUGIN)
if(WIDELINE_PROTOC AND WIDELINE_GRPC_CPP_PLUGIN)
    wideline_framework(grpc PKG_CONFIG grpc++ protobuf)
endif()

find_path(WIDELINE_ASIO_INCLUDE_DIR asio/any_io_executor.hpp)
mark_as_advanced(WIDELINE_ASIO_INCLUDE_DIR)
if(WIDELINE_ASIO_INCLUDE_DIR)
    add_library(wideline_standalone_asio INTERFACE IMPORTED)
    target_include_directories(wideline_standalone_asio INTERFACE ${WIDELINE_ASIO_INCLUDE_DIR})
    wideline_asio_has_coroutines(WIDELINE_ASIO_HAS_COROUTINES asio/awaitable.hpp asio wideline_standalone_asio)
endif()
if(WIDELINE_ASIO_HAS_COROUTINES)
    wideline_framework(standalone_asio TARGETS wideline_standalone_asio)
    target_compile_options(wideline_with_standalone_asio INTERFACE ${asio_warnings})
endif()

# The service of the test, the example and the benchmark of gRPC, compiled once.
if(TARGET wideline_with_grpc)
    set(shop_proto_dir ${PROJECT_SOURCE_DIR}/examples/async)
    set(shop_generated ${PROJECT_BINARY_DIR}/shop)
    set(shop_sources ${shop_generated}/shop.pb.cc ${shop_generated}/shop.grpc.pb.cc)
    file(MAKE_DIRECTORY ${shop_generated})
    add_custom_command(
        OUTPUT ${shop_sources} ${shop_generated}/shop.pb.h ${shop_generated}/shop.grpc.pb.h
        COMMAND ${WIDELINE_PROTOC} --cpp_out=${shop_generated} --grpc_out=${shop_generated}
                --plugin=protoc-gen-grpc=${WIDELINE_GRPC_CPP_PLUGIN} -I ${shop_proto_dir} shop.proto
        DEPENDS ${shop_proto_dir}/shop.proto
        VERBATIM)
    add_library(wideline_shop STATIC EXCLUDE_FROM_ALL ${shop_sources})
    target_include_directories(wideline_shop SYSTEM PUBLIC ${shop_generated})
    target_link_libraries(wideline_shop PUBLIC wideline_with_grpc)
endif()

list(JOIN WIDELINE_FRAMEWORKS ", " frameworks_found)
message(STATUS "wideline: frameworks found: ${frameworks_found}")
