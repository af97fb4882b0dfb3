# Options, warning flags and sanitizers that every target of the project shares.
option(UCX_CRYPTO_WERROR "Treat warnings as errors" OFF)
set(UCX_CRYPTO_SANITIZE "" CACHE STRING "Sanitizers to build with, e.g. address,undefined or thread")
option(UCX_CRYPTO_FUZZ "Build libFuzzer's targets (tests/fuzz) and nothing that they do not need; with clang" OFF)

add_library(ucx_crypto_plain_options INTERFACE)
target_include_directories(ucx_crypto_plain_options INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include)
target_compile_options(ucx_crypto_plain_options INTERFACE
    -Wall -Wextra $<$<CXX_COMPILER_ID:GNU>:-Wshadow=local> $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor> -Wcast-align -Wformat=2 -Wimplicit-fallthrough
    -fstack-protector-strong -fno-omit-frame-pointer)
if(UCX_CRYPTO_WERROR)
    target_compile_options(ucx_crypto_plain_options INTERFACE -Werror)
endif()

# Not for what enters processes that are built without a sanitizer's runtime.
add_library(ucx_crypto_options INTERFACE)
target_link_libraries(ucx_crypto_options INTERFACE ucx_crypto_plain_options)
if(UCX_CRYPTO_SANITIZE)
    target_compile_options(ucx_crypto_options INTERFACE -fsanitize=${UCX_CRYPTO_SANITIZE} -fno-sanitize-recover=all)
    target_link_options(ucx_crypto_options INTERFACE -fsanitize=${UCX_CRYPTO_SANITIZE})
endif()
if(UCX_CRYPTO_FUZZ)
    target_compile_options(ucx_crypto_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# One layer of the house (a folder under ucx_crypto/) is one static, position-independent library,
# ucx_crypto_<name>; programs and modules link the layers they need and get the lower ones with them.
#   ucx_crypto_layer(<name> SOURCES ... [DEPENDS <layer>...] [LINK <external target>...])
# DEPENDS names the layers that it may include; the include-arrow test holds the sources to the same list.
function(ucx_crypto_layer name)
    cmake_parse_arguments(LAYER "" "" "SOURCES;DEPENDS;LINK" ${ARGN})
    add_library(ucx_crypto_${name} STATIC ${LAYER_SOURCES})
    target_link_libraries(ucx_crypto_${name} PUBLIC ucx_crypto_options ${LAYER_LINK})
    foreach(layer IN LISTS LAYER_DEPENDS)
        target_link_libraries(ucx_crypto_${name} PUBLIC ucx_crypto_${layer})
    endforeach()
endfunction()
