# UCX's libraries with its internal headers, as the target UcxInternal::ucx.
#
# The internal interface differs between minor versions and with UCX's own configuration. So the
# source of exactly the installed version is used (UCX_SOURCE_DIR, or fetched into UCX_CRYPTO_FETCH_DIR),
# together with the configuration that the installed library prints (ucx_info -b).
find_package(ucx REQUIRED CONFIG)  # Debian's libucx-dev has ucx-config.cmake
find_program(UCX_INFO ucx_info REQUIRED)
execute_process(COMMAND ${UCX_INFO} -v OUTPUT_VARIABLE ucx_info_output COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCH "[Vv]ersion[: ]+([0-9]+\\.[0-9]+\\.[0-9]+)" unused "${ucx_info_output}")
set(UcxInternal_VERSION ${CMAKE_MATCH_1})

set(UCX_SOURCE_DIR "" CACHE PATH "Unpacked source of the installed UCX; empty: it is fetched")
set(UCX_CRYPTO_FETCH_DIR ${CMAKE_BINARY_DIR} CACHE PATH "Folder for what is fetched")
set(ucx_source ${UCX_SOURCE_DIR})
if(NOT ucx_source)
    set(ucx_source ${UCX_CRYPTO_FETCH_DIR}/ucx-${UcxInternal_VERSION})
    execute_process(
        COMMAND ${PROJECT_SOURCE_DIR}/scripts/lib/fetch_ucx_source ${UcxInternal_VERSION} ${ucx_source}
        COMMAND_ERROR_IS_FATAL ANY)
endif()

set(ucx_config_dir ${CMAKE_BINARY_DIR}/ucx-config)
execute_process(COMMAND ${UCX_INFO} -b OUTPUT_VARIABLE ucx_config COMMAND_ERROR_IS_FATAL ANY)
file(CONFIGURE OUTPUT ${ucx_config_dir}/config.h CONTENT "@ucx_config@" @ONLY)

find_file(UcxInternal_HEADER uct/base/uct_iface.h PATHS ${ucx_source}/src NO_DEFAULT_PATH NO_CACHE)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(UcxInternal REQUIRED_VARS UcxInternal_HEADER UcxInternal_VERSION
                                  VERSION_VAR UcxInternal_VERSION)

if(UcxInternal_FOUND AND NOT TARGET UcxInternal::ucx)
    add_library(UcxInternal::ucx INTERFACE IMPORTED)
    target_include_directories(UcxInternal::ucx SYSTEM INTERFACE
        ${ucx_config_dir} ${ucx_source}/src ${ucx_source})
    target_link_libraries(UcxInternal::ucx INTERFACE ucx::uct ucx::ucs)
endif()
