# `cmake --install`: the headers, the library, the command, and what find_package and pkg-config need to find them.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/wideline)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/wideline DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(
    TARGETS wideline
    EXPORT wideline-targets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
# If the reader was not built, the package has no component reader.
if(TARGET wideline_reader)
    install(
        TARGETS wideline_reader
        EXPORT wideline-reader-targets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
    install(EXPORT wideline-reader-targets NAMESPACE wideline:: DESTINATION ${package_dir})
endif()
foreach(part ${WIDELINE_FORWARD_PARTS})
    install(
        TARGETS wideline_${part}
        EXPORT wideline-${part}-targets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
    install(EXPORT wideline-${part}-targets NAMESPACE wideline:: DESTINATION ${package_dir})
endforeach()
if(TARGET wideline_cli)
    install(TARGETS wideline_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    install(FILES ${PROJECT_SOURCE_DIR}/docs/wideline.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()

install(EXPORT wideline-targets NAMESPACE wideline:: DESTINATION ${package_dir})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/wideline-config.cmake.in
                              ${PROJECT_BINARY_DIR}/wideline-config.cmake INSTALL_DESTINATION ${package_dir})
# Before 1.0 a minor version may break what the one before promised.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/wideline-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/wideline-config.cmake ${PROJECT_BINARY_DIR}/wideline-config-version.cmake
              ${PROJECT_SOURCE_DIR}/cmake/wideline-zstd.cmake DESTINATION ${package_dir})

# A shared library brings what it uses; a static one leaves that to the user's link. pkg-config calls the difference --static,
# which users of an installation that is static alone do not say, so there nothing is private. Paths are relative to the file:
# an installed tree may be moved.
if(BUILD_SHARED_LIBS)
    set(pc_requires nlohmann_json)
    set(pc_requires_private "fmt libzstd")
    set(pc_libs)
else()
    set(pc_requires "nlohmann_json fmt libzstd")
    set(pc_requires_private)
    set(pc_libs -pthread)
endif()
foreach(dir LIBDIR INCLUDEDIR)
    if(IS_ABSOLUTE ${CMAKE_INSTALL_${dir}})
        set(pc_${dir} ${CMAKE_INSTALL_${dir}})
    else()
        set(pc_${dir} "\${prefix}/${CMAKE_INSTALL_${dir}}")
    endif()
endforeach()
file(RELATIVE_PATH pc_up_to_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
function(wideline_pc_file name)
    configure_file(${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()
wideline_pc_file(wideline)
if(TARGET wideline_reader)
    wideline_pc_file(wideline-reader)
endif()

# wideline_part_pc(name description requires…)
function(wideline_part_pc part description)
    set(pc_part ${part})
    set(pc_description "${description}")
    list(JOIN ARGN " " pc_part_requires)
    configure_file(${PROJECT_SOURCE_DIR}/cmake/wideline-part.pc.in ${PROJECT_BINARY_DIR}/wideline-${part}.pc @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/wideline-${part}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()
set(pc_backend_libs)
if(TARGET wideline_forward)
    wideline_part_pc(forward "What a journal holds, delivered: wl::Forwarder" wideline-reader)
endif()
set(pc_curl libcurl zlib)
if(BUILD_SHARED_LIBS)
    set(pc_curl)
endif()
if(TARGET wideline_http)
    set(pc_backend_libs " -Wl,-u,wideline_backend_http")
    wideline_part_pc(http "wideline's delivery by HTTP" wideline-forward ${pc_curl})
    set(pc_backend_libs " -Wl,-u,wideline_backend_clickhouse")
    wideline_part_pc(clickhouse "wideline's delivery into ClickHouse" wideline-http)
endif()
