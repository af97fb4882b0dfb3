# Where things are installed, and how other builds and scripts find them: pkg-config's ucx-crypto.pc
# and a CMake package. Both are relocatable; each layer installs its own targets to these folders.
include(CMakePackageConfigHelpers)

# Modules that UCX and Open MPI load. Not libdir/ucx itself: the plugin is not UCX's own.
set(UCX_CRYPTO_MODULE_DIR ${CMAKE_INSTALL_LIBDIR}/ucx-crypto CACHE STRING
    "Install folder of the loadable modules, relative to the prefix")
set(UCX_CRYPTO_BENCHMARK_DIR ${CMAKE_INSTALL_LIBEXECDIR}/ucx-crypto)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/ucx-crypto)
set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH UCX_CRYPTO_PC_TO_PREFIX /prefix/${pkgconfig_dir} /prefix)
configure_file(${PROJECT_SOURCE_DIR}/cmake/ucx-crypto.pc.in ${PROJECT_BINARY_DIR}/ucx-crypto.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/ucx-crypto.pc DESTINATION ${pkgconfig_dir})

configure_package_config_file(
    ${PROJECT_SOURCE_DIR}/cmake/ucx-crypto-config.cmake.in ${PROJECT_BINARY_DIR}/ucx-crypto-config.cmake
    INSTALL_DESTINATION ${package_dir}
    PATH_VARS CMAKE_INSTALL_BINDIR UCX_CRYPTO_MODULE_DIR UCX_CRYPTO_BENCHMARK_DIR
    NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/ucx-crypto-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/ucx-crypto-config.cmake
              ${PROJECT_BINARY_DIR}/ucx-crypto-config-version.cmake
        DESTINATION ${package_dir})
