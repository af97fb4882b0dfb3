/* An MPI program that brings its own kind of evidence, loads a policy, and prints what its peers have
 * proved. The evidence: REPORT_DATA and a measurement, signed by a platform key (ECDSA, SHA-256).
 *
 * Environment: TOY_KEY (private key, PEM), TOY_ROOT (the public key that is trusted, PEM),
 * TOY_POLICY (file), TOY_MEASUREMENT (one character, repeated), TOY_FAULT (empty, "register nothing",
 * "replay", "late"). Status 0, or 1 with a message. */
#include <mpi.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ucx_crypto/ucx_crypto.h"

enum { kMeasurementSize = 48, kSignedSize = UCX_CRYPTO_REPORT_DATA_SIZE + kMeasurementSize };

static const char *setting(const char *name) {
    const char *value = getenv(name);
    return value != NULL ? value : "";
}

static void check(ucx_crypto_status_t status, const char *what) {
    if (status != UCX_CRYPTO_OK) {
        fprintf(stderr, "claims: %s: %s: %s\n", what, ucx_crypto_status_string(status),
                ucx_crypto_last_error());
        exit(1);
    }
}

static EVP_PKEY *read_key(const char *path, int private_key) {
    FILE *file = fopen(path, "r");
    EVP_PKEY *key = NULL;
    if (file != NULL) {
        key = private_key ? PEM_read_PrivateKey(file, NULL, NULL, NULL)
                          : PEM_read_PUBKEY(file, NULL, NULL, NULL);
        fclose(file);
    }
    return key;
}

static ucx_crypto_status_t attest(void *context, const uint8_t *report_data,
                                  ucx_crypto_evidence_buffer_t *evidence, char *reason,
                                  size_t reason_size) {
    size_t signature_size = evidence->report_capacity - kSignedSize;
    EVP_MD_CTX *signer = EVP_MD_CTX_new();
    memset(evidence->report, 0, UCX_CRYPTO_REPORT_DATA_SIZE);
    if (strcmp(setting("TOY_FAULT"), "replay") != 0) {
        memcpy(evidence->report, report_data, UCX_CRYPTO_REPORT_DATA_SIZE);
    }
    memset(evidence->report + UCX_CRYPTO_REPORT_DATA_SIZE, setting("TOY_MEASUREMENT")[0],
           kMeasurementSize);
    const int good = signer != NULL &&
                     EVP_DigestSignInit(signer, NULL, EVP_sha256(), NULL, context) == 1 &&
                     EVP_DigestSign(signer, evidence->report + kSignedSize, &signature_size,
                                    evidence->report, kSignedSize) == 1;
    EVP_MD_CTX_free(signer);
    evidence->report_size = kSignedSize + signature_size;
    if (!good) {
        snprintf(reason, reason_size, "expected a platform key that signs, found none");
        return UCX_CRYPTO_ERR_NOT_FOUND;
    }
    return UCX_CRYPTO_OK;
}

static ucx_crypto_status_t verify(void *context, const ucx_crypto_evidence_t *evidence,
                                  int64_t time, uint8_t *report_data, ucx_crypto_claims_t *claims,
                                  char *reason, size_t reason_size) {
    EVP_MD_CTX *verifier = EVP_MD_CTX_new();
    const int good =
        verifier != NULL && time > 0 && evidence->report_size > kSignedSize &&
        EVP_DigestVerifyInit(verifier, NULL, EVP_sha256(), NULL, context) == 1 &&
        EVP_DigestVerify(verifier, evidence->report + kSignedSize,
                         evidence->report_size - kSignedSize, evidence->report, kSignedSize) == 1;
    EVP_MD_CTX_free(verifier);
    if (!good) {
        snprintf(reason, reason_size, "expected a signature of the trusted platform, found none");
        return UCX_CRYPTO_ERR_AUTHENTICATION;
    }
    memcpy(report_data, evidence->report, UCX_CRYPTO_REPORT_DATA_SIZE);
    claims->measurement.size = kMeasurementSize;
    memcpy(claims->measurement.data, evidence->report + UCX_CRYPTO_REPORT_DATA_SIZE,
           kMeasurementSize);
    snprintf(claims->product, sizeof claims->product, "toy platform");
    claims->reported_tcb = 7;
    return UCX_CRYPTO_OK;
}

static void register_both(void) {
    ucx_crypto_attester_t attester = {sizeof attester, attest};
    ucx_crypto_verifier_t verifier = {sizeof verifier, verify};
    check(ucx_crypto_register_attester("toy", &attester, read_key(setting("TOY_KEY"), 1)),
          "attester");
    check(ucx_crypto_register_verifier("toy", &verifier, read_key(setting("TOY_ROOT"), 0)),
          "verifier");
}

static void print_hex(const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size; ++i) {
        printf("%02x", bytes[i]);
    }
}

static void print_connections(int rank) {
    ucx_crypto_connections_t *connections = NULL;
    ucx_crypto_process_t process = {.struct_size = sizeof process};
    check(ucx_crypto_process_query(&process), "process");
    printf("PROCESS rank %d loaded %d enforced %d identity %d mode %s policy ", rank,
           process.transport_loaded, process.enforced, process.has_identity, process.attestation);
    print_hex(process.policy_digest, sizeof process.policy_digest);
    printf("\n");
    check(ucx_crypto_connections_snapshot(100, &connections), "connections");
    for (size_t i = 0; i < ucx_crypto_connections_count(connections); ++i) {
        const ucx_crypto_connection_t *connection = ucx_crypto_connections_get(connections, i);
        const ucx_crypto_claims_t *claims = connection->claims;
        printf("CLAIMS rank %d peer %u at %s %s bound %d type %s product %s tcb %d measurement ",
               rank, connection->peer_rank, connection->peer_address, connection->algorithm,
               connection->channel_bound, claims->type, claims->product,
               (int)claims->reported_tcb);
        print_hex(claims->measurement.data, claims->measurement.size);
        printf(" policy ");
        print_hex(connection->peer_policy_digest, sizeof connection->peer_policy_digest);
        printf("\n");
    }
    ucx_crypto_connections_free(connections);
}

int main(int count, char **arguments) {
    ucx_crypto_policy_t *policy = NULL;
    uint8_t digest[UCX_CRYPTO_DIGEST_SIZE];
    int rank = 0;
    int ranks = 0;
    if (strcmp(setting("TOY_FAULT"), "register nothing") != 0) {
        register_both();
    }
    check(ucx_crypto_policy_load(setting("TOY_POLICY"), &policy), "policy");
    check(ucx_crypto_policy_digest(policy, digest), "digest");
    check(ucx_crypto_policy_use(policy), "policy");
    ucx_crypto_policy_free(policy);
    MPI_Init(&count, &arguments);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    printf("POLICY rank %d ", rank);
    print_hex(digest, sizeof digest);
    printf("\n");
    for (int round = 0; round < 3; ++round) {
        int found = -1;
        const int peer = rank ^ 1;
        MPI_Sendrecv(&rank, 1, MPI_INT, peer, 0, &found, 1, MPI_INT, peer, 0, MPI_COMM_WORLD,
                     MPI_STATUS_IGNORE);
        if (found != peer) {
            fprintf(stderr, "claims: expected %d, found %d\n", peer, found);
            return 1;
        }
    }
    if (strcmp(setting("TOY_FAULT"), "late") == 0) {
        register_both();
    }
    print_connections(rank);
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
