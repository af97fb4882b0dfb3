/* Attesters and verifiers of one's own: evidence of platforms that the library does not know.
 *
 * A process uses them when its local configuration says so and never because a peer does:
 *   - UCX_CRYPTO_ATTESTATION=registered selects them, on all hosts;
 *   - the appraisal policy names the accepted types in `evidence_types`; by default it names none;
 *   - the process has registered a verifier for each type that it is to accept.
 * Evidence travels with the name of its type. Everything else (domain key, REPORT_DATA, channel
 * binding, measurements of the policy) holds as for built-in evidence.
 *
 * Register before the process's first UCX worker exists, hence before MPI_Init; afterwards
 * UCX_CRYPTO_ERR_TOO_LATE. Registration cannot be taken back. */
#ifndef UCX_CRYPTO_ATTESTATION_H
#define UCX_CRYPTO_ATTESTATION_H

#include "ucx_crypto/claims.h"
#include "ucx_crypto/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define UCX_CRYPTO_REPORT_DATA_SIZE 64

/* What an attester fills: a report (evidence proper) and what vouches for it (certificates, say).
 * The library owns the memory, which is valid during the call. */
typedef struct ucx_crypto_evidence_buffer {
    size_t struct_size;
    uint8_t* report;
    size_t report_capacity;
    size_t report_size; /* set by the attester, 1 to report_capacity */
    uint8_t* endorsements;
    size_t endorsements_capacity;
    size_t endorsements_size; /* set by the attester, may stay 0 */
} ucx_crypto_evidence_buffer_t;

/* Evidence as a peer sent it, nothing examined. Valid during the call. */
typedef struct ucx_crypto_evidence {
    size_t struct_size;
    const uint8_t* report;
    size_t report_size;
    const uint8_t* endorsements;
    size_t endorsements_size;
} ucx_crypto_evidence_t;

/* Rules for both callbacks. They may be called from any thread, UCX's among them, and at the same
 * time; they must not call UCX, MPI or this library, must not block for long (peers wait for the
 * handshake) and must not throw. `reason` is a buffer of `reason_size` bytes for a text that ends
 * with NUL and goes to the local log when something else than UCX_CRYPTO_OK is returned. */

typedef struct ucx_crypto_attester {
    size_t struct_size; /* sizeof(ucx_crypto_attester_t) */
    /* Makes evidence about this process that carries exactly `report_data`
     * (UCX_CRYPTO_REPORT_DATA_SIZE bytes). Called once for the process, or once per connection
     * where the policy wants channel binding. */
    ucx_crypto_status_t (*attest)(void* context, const uint8_t* report_data,
                                  ucx_crypto_evidence_buffer_t* evidence, char* reason,
                                  size_t reason_size);
} ucx_crypto_attester_t;

typedef struct ucx_crypto_verifier {
    size_t struct_size; /* sizeof(ucx_crypto_verifier_t) */
    /* Is the evidence genuine, at `time` (seconds since 1970)? Then UCX_CRYPTO_OK, with the
     * UCX_CRYPTO_REPORT_DATA_SIZE bytes that the evidence carries in `report_data` and what it says
     * in `claims`. The library compares: a verifier is not told which bytes are expected, and one
     * that forgets them accepts nothing. Bound whatever is read from the evidence: the peer is not
     * known yet. Any other code refuses the connection; UCX_CRYPTO_ERR_REFUSED, _AUTHENTICATION,
     * _PROTOCOL, _UNSUPPORTED and _INVALID_ARGUMENT are verdicts, of which the peer is told, the
     * others say that nobody could judge. */
    ucx_crypto_status_t (*verify)(void* context, const ucx_crypto_evidence_t* evidence,
                                  int64_t time, uint8_t* report_data, ucx_crypto_claims_t* claims,
                                  char* reason, size_t reason_size);
} ucx_crypto_verifier_t;

/* Registers who makes this process's evidence; there can be one. `type` is a name of 1 to
 * UCX_CRYPTO_MAX_TYPE characters out of a-z, 0-9, '.', '_' and '-' that is not a built-in one; it
 * and `attester` are copied, `context` must stay valid as long as the process. Any thread.
 * UCX_CRYPTO_ERR_INVALID_ARGUMENT, _EXHAUSTED (there is one already), _TOO_LATE. */
UCX_CRYPTO_API ucx_crypto_status_t ucx_crypto_register_attester(
    const char* type, const ucx_crypto_attester_t* attester, void* context);

/* Registers who examines evidence of `type`, one per type, up to 16; otherwise the same. */
UCX_CRYPTO_API ucx_crypto_status_t ucx_crypto_register_verifier(
    const char* type, const ucx_crypto_verifier_t* verifier, void* context);

#ifdef __cplusplus
}
#endif

#endif
