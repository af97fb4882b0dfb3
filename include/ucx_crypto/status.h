/* Result codes of all functions, their names, and the message of the last failure. */
#ifndef UCX_CRYPTO_STATUS_H
#define UCX_CRYPTO_STATUS_H

#include <stdint.h>

#include "ucx_crypto/version.h"

#ifdef __cplusplus
extern "C" {
#endif

/* 0 or one of the negative values below. Later versions may add values. */
typedef int32_t ucx_crypto_status_t;

enum {
    UCX_CRYPTO_OK = 0,
    UCX_CRYPTO_ERR_INVALID_ARGUMENT = -1, /* a caller or a setting is wrong */
    UCX_CRYPTO_ERR_PROTOCOL = -2,         /* bytes are not what their format allows */
    UCX_CRYPTO_ERR_AUTHENTICATION = -3,   /* a signature, MAC or identity did not verify */
    UCX_CRYPTO_ERR_REFUSED = -4,          /* genuine, but policy or site does not accept it */
    UCX_CRYPTO_ERR_UNSUPPORTED = -5,      /* not on this machine or in this version */
    UCX_CRYPTO_ERR_EXHAUSTED = -6,        /* a bound, or memory, is exhausted */
    UCX_CRYPTO_ERR_PERMISSION = -7,       /* the system, or a file's owner or mode, forbids it */
    UCX_CRYPTO_ERR_NOT_FOUND = -8,        /* a file, device or module is missing */
    UCX_CRYPTO_ERR_IO = -9,               /* the system reported another failure */
    UCX_CRYPTO_ERR_TIMED_OUT = -10,       /* a deadline passed */
    UCX_CRYPTO_ERR_CLOSED = -11,          /* the other end has closed */
    UCX_CRYPTO_ERR_INTERNAL = -12,        /* a library failed in a way that should not happen */
    UCX_CRYPTO_ERR_TOO_LATE = -13         /* this process's identity has been made already */
};

/* The name of a code ("refused"); "unknown" for any other number. A constant string. Any thread. */
UCX_CRYPTO_API const char* ucx_crypto_status_string(ucx_crypto_status_t status);

/* What the last function of this library that failed in this thread expected and found; "" before
 * one has. Valid until the thread calls another function of this library that returns a status. */
UCX_CRYPTO_API const char* ucx_crypto_last_error(void);

#ifdef __cplusplus
}
#endif

#endif
