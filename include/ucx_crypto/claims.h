/* What verified evidence says about the platform and image of a process. */
#ifndef UCX_CRYPTO_CLAIMS_H
#define UCX_CRYPTO_CLAIMS_H

#include <stddef.h>
#include <stdint.h>

#include "ucx_crypto/version.h"

#ifdef __cplusplus
extern "C" {
#endif

#define UCX_CRYPTO_MAX_VALUE 64
#define UCX_CRYPTO_MAX_TYPE 32

/* A measurement, digest or identifier: `size` bytes of `data` count, at most UCX_CRYPTO_MAX_VALUE.
 */
typedef struct ucx_crypto_value {
    uint32_t size;
    uint8_t data[UCX_CRYPTO_MAX_VALUE];
} ucx_crypto_value_t;

enum {
    UCX_CRYPTO_CLAIM_EMULATED = 1, /* a platform in software, which proves nothing */
    UCX_CRYPTO_CLAIM_DEBUG = 2,    /* the platform lets its host read the guest */
    UCX_CRYPTO_CLAIM_AGENT = 4,    /* the agent of its node vouched for it, as one of agent_uid */
    UCX_CRYPTO_CLAIM_PARAVISOR =
        8 /* the guest's paravisor vouched for what the evidence is bound to */
};

/* The library allocates and clears these structures and sets struct_size; members beyond
 * struct_size do not exist. Later versions add members at the end. */
typedef struct ucx_crypto_claims {
    size_t struct_size;
    /* "snp", "emulated", "off" (no evidence: the domain key alone) or the name of a registered
     * type. Set by the library. */
    char type[UCX_CRYPTO_MAX_TYPE + 1];
    char product[UCX_CRYPTO_MAX_TYPE + 1]; /* "Milan", "Genoa", "Turin", or what a verifier says */
    uint32_t flags;                        /* UCX_CRYPTO_CLAIM_* */
    uint32_t privilege_level;              /* SEV-SNP: VMPL */
    ucx_crypto_value_t measurement;        /* of the image, 48 bytes with SEV-SNP */
    ucx_crypto_value_t platform_id;        /* of the chip */
    ucx_crypto_value_t host_data;          /* what the host gave the guest when it started it */
    ucx_crypto_value_t id_key_digest;      /* of the key that signed the guest's identity block */
    ucx_crypto_value_t author_key_digest;  /* of the key that signed that key */
    uint64_t reported_tcb;                 /* versions of the trusted computing base, encoded as */
    uint64_t launch_tcb;                   /* the platform encodes them */
    uint32_t agent_uid; /* with UCX_CRYPTO_CLAIM_AGENT, set by the library only */
} ucx_crypto_claims_t;

#ifdef __cplusplus
}
#endif

#endif
