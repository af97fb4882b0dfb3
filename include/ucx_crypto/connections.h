/* The state of this process, its connections, and what their peers have proved. */
#ifndef UCX_CRYPTO_CONNECTIONS_H
#define UCX_CRYPTO_CONNECTIONS_H

#include "ucx_crypto/claims.h"
#include "ucx_crypto/policy.h"
#include "ucx_crypto/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define UCX_CRYPTO_INSTANCE_SIZE 16
#define UCX_CRYPTO_MAX_ADDRESS 63
#define UCX_CRYPTO_MAX_ALGORITHM 31
#define UCX_CRYPTO_UNKNOWN_RANK UINT32_MAX

/* A connection between an interface of this process and one of a peer. An instance id names the
 * interface and the key of the process that it belongs to: it tells peers apart, and the library
 * has checked that the peer holds that key. */
typedef struct ucx_crypto_connection {
    size_t struct_size; /* members beyond it do not exist; set by the library */
    uint8_t own_instance[UCX_CRYPTO_INSTANCE_SIZE];
    uint8_t peer_instance[UCX_CRYPTO_INSTANCE_SIZE];
    char peer_address[UCX_CRYPTO_MAX_ADDRESS + 1]; /* "192.0.2.1:4711", "[2001:db8::1]:4711" */
    char algorithm[UCX_CRYPTO_MAX_ALGORITHM + 1];  /* "AES-256-GCM" */
    int accepted;                                  /* 1: the peer connected to us */
    int channel_bound;                             /* 1: its evidence is of this very connection */
    /* As the peer says, which has proved to be a member but not this: its rank as its launcher gave
     * it, or UCX_CRYPTO_UNKNOWN_RANK, and the digest of its policy. */
    uint32_t peer_rank;
    uint8_t peer_policy_digest[UCX_CRYPTO_DIGEST_SIZE];
    const ucx_crypto_claims_t* claims; /* verified; valid as long as the list */
} ucx_crypto_connection_t;

/* The connections of one moment. */
typedef struct ucx_crypto_connections ucx_crypto_connections_t;

/* Copies the open connections of this process, at most `most` of them, ordered by own and then peer
 * instance. `*connections` is the caller's until ucx_crypto_connections_free(), and later events do
 * not change it. An MPI program has connections to the ranks that it has talked to; ranks of the
 * same node may use shared memory instead. Any thread, also while others communicate.
 * UCX_CRYPTO_ERR_NOT_FOUND: the transport is not loaded; UCX_CRYPTO_ERR_UNSUPPORTED: a forked
 * child, or a transport of another version. */
UCX_CRYPTO_API ucx_crypto_status_t
ucx_crypto_connections_snapshot(size_t most, ucx_crypto_connections_t** connections);

/* How many were copied. */
UCX_CRYPTO_API size_t ucx_crypto_connections_count(const ucx_crypto_connections_t* connections);
/* How many there were, which may be more. */
UCX_CRYPTO_API size_t ucx_crypto_connections_total(const ucx_crypto_connections_t* connections);
/* One of them, valid as long as the list; NULL from `index` = count on. */
UCX_CRYPTO_API const ucx_crypto_connection_t* ucx_crypto_connections_get(
    const ucx_crypto_connections_t* connections, size_t index);
/* NULL is allowed. */
UCX_CRYPTO_API void ucx_crypto_connections_free(ucx_crypto_connections_t* connections);

/* What this process is to its peers. */
typedef struct ucx_crypto_process {
    size_t struct_size;   /* sizeof(ucx_crypto_process_t), set by the caller */
    int transport_loaded; /* 1: libuct_crypto.so.0 is in the process */
    int enforced;         /* 1: no transport in clear between hosts has a device */
    int has_identity;     /* 1: key and evidence are made; what follows is known */
    unsigned interfaces;  /* of our transports that were opened */
    char attestation[UCX_CRYPTO_MAX_TYPE + 1]; /* mode: "snp", "emulated", "registered", "off" */
    uint8_t policy_digest[UCX_CRYPTO_DIGEST_SIZE];
} ucx_crypto_process_t;

/* Fills `process` as far as its struct_size goes. Without the transport it says so and succeeds.
 * Any thread. */
UCX_CRYPTO_API ucx_crypto_status_t ucx_crypto_process_query(ucx_crypto_process_t* process);

#ifdef __cplusplus
}
#endif

#endif
