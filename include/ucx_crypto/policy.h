/* The appraisal policy: which genuine evidence a process accepts. */
#ifndef UCX_CRYPTO_POLICY_H
#define UCX_CRYPTO_POLICY_H

#include "ucx_crypto/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define UCX_CRYPTO_DIGEST_SIZE 32

/* A policy that was read and checked; it does not change afterwards. */
typedef struct ucx_crypto_policy ucx_crypto_policy_t;

/* Reads the JSON file `path`, which group and others must not be able to write, and checks every
 * key. `*policy` is the caller's until ucx_crypto_policy_free(); NULL on an error. Any thread.
 * UCX_CRYPTO_ERR_INVALID_ARGUMENT (the message names line and key), _NOT_FOUND, _PERMISSION. */
UCX_CRYPTO_API ucx_crypto_status_t ucx_crypto_policy_load(const char* path,
                                                          ucx_crypto_policy_t** policy);

/* What peers compare, and `ucx-crypto policy digest` prints: UCX_CRYPTO_DIGEST_SIZE bytes, a
 * SHA-256 over the policy with every default spelled out. Any thread. */
UCX_CRYPTO_API ucx_crypto_status_t ucx_crypto_policy_digest(const ucx_crypto_policy_t* policy,
                                                            uint8_t* digest);

/* Makes it the policy of this process, as read (a copy; the file is not opened again). To be called
 * before MPI_Init or the first UCX worker, else UCX_CRYPTO_ERR_TOO_LATE. UCX_CRYPTO_ERR_REFUSED
 * when UCX_CRYPTO_POLICY, or the site's file, names another policy: a program may fill in what was
 * left open and not replace what was decided. The same test is made again when the policy takes
 * effect. Any thread. */
UCX_CRYPTO_API ucx_crypto_status_t ucx_crypto_policy_use(const ucx_crypto_policy_t* policy);

/* NULL is allowed. */
UCX_CRYPTO_API void ucx_crypto_policy_free(ucx_crypto_policy_t* policy);

#ifdef __cplusplus
}
#endif

#endif
