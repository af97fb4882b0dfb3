/* All of the public interface. */
#ifndef UCX_CRYPTO_UCX_CRYPTO_H
#define UCX_CRYPTO_UCX_CRYPTO_H

#include "ucx_crypto/attestation.h"
#include "ucx_crypto/connections.h"
#include "ucx_crypto/policy.h"
#include "ucx_crypto/version.h"

#endif
