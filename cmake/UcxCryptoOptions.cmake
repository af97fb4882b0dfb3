# Options, warning flags and sanitizers that every target of the project shares.
option(UCX_CRYPTO_WERROR "Treat warnings as errors" OFF)
set(UCX_CRYPTO_SANITIZE "" CACHE STRING "Sanitizers to build with, e.g. address,undefined or thread")
option(UCX_CRYPTO_FUZZ "Build tests/fuzz for libFuzzer, which is clang's" OFF)

add_library(ucx_crypto_plain_options INTERFACE)
target_include_directories(ucx_crypto_plain_options INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include)
target_compile_options(ucx_crypto_plain_options INTERFACE
    -Wall -Wextra -Wformat=2 -Wimplicit-fallthrough $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
    -fstack-protector-strong -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(ucx_crypto_plain_options INTERFACE -Wshadow=local -Wcast-align)
else()  # what clang would say of macros of UCX and Open MPI, and of handlers of a log's va_list
    target_compile_options(ucx_crypto_plain_options INTERFACE
        -Wno-format-nonliteral -Wno-null-conversion -Wno-missing-field-initializers)
endif()
target_link_options(ucx_crypto_plain_options INTERFACE -Wl,-z,relro -Wl,-z,now)
if(UCX_CRYPTO_WERROR)
    target_compile_options(ucx_crypto_plain_options INTERFACE -Werror)
endif()

# For what is not installed: it links three times as fast, and there are hundreds of links.
include(CheckLinkerFlag)
check_linker_flag(CXX -fuse-ld=lld UCX_CRYPTO_HAS_LLD)
set(UCX_CRYPTO_QUICK_LINKER "")
if(UCX_CRYPTO_HAS_LLD)
    set(UCX_CRYPTO_QUICK_LINKER -fuse-ld=lld)
endif()

# Not for what enters processes that are built without a sanitizer's runtime.
add_library(ucx_crypto_options INTERFACE)
target_link_libraries(ucx_crypto_options INTERFACE ucx_crypto_plain_options)
if(UCX_CRYPTO_SANITIZE)
    # Property UCX_CRYPTO_NO_SANITIZE of a target: what clang would find in headers that are not ours.
    set(less $<$<CXX_COMPILER_ID:Clang>:$<TARGET_PROPERTY:UCX_CRYPTO_NO_SANITIZE>>)
    target_compile_options(ucx_crypto_options INTERFACE -fsanitize=${UCX_CRYPTO_SANITIZE} -fno-sanitize-recover=all
                           $<$<BOOL:${less}>:-fno-sanitize=${less}>)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")  # wrong of the standard library's strings between a sanitizer's calls (GCC 12)
        target_compile_options(ucx_crypto_options INTERFACE -Wno-array-bounds -Wno-stringop-overflow)
    endif()
    target_link_options(ucx_crypto_options INTERFACE -fsanitize=${UCX_CRYPTO_SANITIZE} ${UCX_CRYPTO_QUICK_LINKER})
endif()

# Layers below tests/fuzz: what leads the fuzzer, at some speed where each byte is worked on. The rest of its build
# is not optimised, which halves the time that clang takes.
set(UCX_CRYPTO_FUZZED -O1 -fsanitize=fuzzer-no-link)
set(UCX_CRYPTO_FUZZED_SLOWLY -fsanitize=fuzzer-no-link)

# Headers that are compiled once for targets of the same flags and kind: target_precompile_headers(... REUSE_FROM <name>).
#   ucx_crypto_precompiled(<name> LIBRARY|PROGRAM LINK <target>... HEADERS <header>...)
# The presets "debug", so that a file which includes too little is found, and "lint", as clang-tidy cannot read GCC's, do
# without.
function(ucx_crypto_precompiled name kind)
    cmake_parse_arguments(PRECOMPILED "" "" "LINK;HEADERS" ${ARGN})
    set(source ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc)
    if(kind STREQUAL LIBRARY)
        file(GENERATE OUTPUT ${source} CONTENT "")
        add_library(${name} OBJECT EXCLUDE_FROM_ALL ${source})
    else()
        file(GENERATE OUTPUT ${source} CONTENT "int main() {}\n")
        add_executable(${name} EXCLUDE_FROM_ALL ${source})
    endif()
    target_link_libraries(${name} PRIVATE ${PRECOMPILED_LINK})
    target_precompile_headers(${name} PRIVATE ${PRECOMPILED_HEADERS})
endfunction()

# What nearly every file includes.
set(UCX_CRYPTO_COMMON_HEADERS <algorithm> <array> <chrono> <cstring> <functional> <map> <memory> <optional> <set> <span>
    <string> <string_view> <variant> <vector>)
ucx_crypto_precompiled(ucx_crypto_headers LIBRARY LINK ucx_crypto_options HEADERS ${UCX_CRYPTO_COMMON_HEADERS})
if(UCX_CRYPTO_FUZZ)
    ucx_crypto_precompiled(ucx_crypto_slowly_fuzzed_headers LIBRARY LINK ucx_crypto_options
                           HEADERS ${UCX_CRYPTO_COMMON_HEADERS})
    target_compile_options(ucx_crypto_slowly_fuzzed_headers PRIVATE ${UCX_CRYPTO_FUZZED_SLOWLY})
endif()

# One layer of the house (a folder under ucx_crypto/) is one static, position-independent library,
# ucx_crypto_<name>; programs and modules link the layers they need and get the lower ones with them.
#   ucx_crypto_layer(<name> SOURCES ... [DEPENDS <layer>...] [LINK <external target>...] [HEADERS <precompiled>...])
# DEPENDS names the layers that it may include; the include-arrow test holds the sources to the same list.
function(ucx_crypto_layer name)
    cmake_parse_arguments(LAYER "" "" "SOURCES;DEPENDS;LINK;HEADERS" ${ARGN})
    add_library(ucx_crypto_${name} STATIC ${LAYER_SOURCES})
    target_link_libraries(ucx_crypto_${name} PUBLIC ucx_crypto_options ${LAYER_LINK})
    set(headers ucx_crypto_headers)
    if(UCX_CRYPTO_FUZZ AND name MATCHES "^(base|stats|aead|record)$")
        target_compile_options(ucx_crypto_${name} PRIVATE ${UCX_CRYPTO_FUZZED})
        set(headers "")  # four layers whose flags no other has do not pay for headers of their own
    elseif(UCX_CRYPTO_FUZZ AND name MATCHES "^(attest|handshake)$")
        target_compile_options(ucx_crypto_${name} PRIVATE ${UCX_CRYPTO_FUZZED_SLOWLY})
        set(headers ucx_crypto_slowly_fuzzed_headers)
    endif()
    if(LAYER_HEADERS)
        target_precompile_headers(ucx_crypto_${name} PRIVATE ${LAYER_HEADERS})
    elseif(headers)
        target_precompile_headers(ucx_crypto_${name} REUSE_FROM ${headers})
    endif()
    foreach(layer IN LISTS LAYER_DEPENDS)
        target_link_libraries(ucx_crypto_${name} PUBLIC ucx_crypto_${layer})
    endforeach()
endfunction()
