/* Versions of the headers and of the library that is running. C11 and C++17. */
#ifndef UCX_CRYPTO_VERSION_H
#define UCX_CRYPTO_VERSION_H

#ifdef __cplusplus
extern "C" {
#endif

/* Versions of these headers. */
#define UCX_CRYPTO_VERSION_MAJOR 0
#define UCX_CRYPTO_VERSION_MINOR 1
#define UCX_CRYPTO_VERSION_PATCH 0

/* Marks the functions that the library exports. */
#define UCX_CRYPTO_API __attribute__((visibility("default")))

/* The library's version, "MAJOR.MINOR.PATCH"; a constant string. Any thread. */
UCX_CRYPTO_API const char* ucx_crypto_version(void);

#ifdef __cplusplus
}
#endif

#endif
