// Every key, proof and identifier that the handshake derives. WIRE.md has the same as a table.
#pragma once

#include "ucx_crypto/handshake/messages.h"

namespace ucx_crypto::handshake {

/// First 16 bytes of SHA-256(label, 0, SPKI hash, counter): an address that names a key.
Result<InstanceId> instance_id(const attest::Digest& spki_hash, uint32_t interface_counter);

/// What follows from the domain key and the job id, once per process.
struct JobKeys {
    SecretBytes domain_secret;  ///< root of the membership and domain proofs
    SecretBytes job_key;        ///< goes into the traffic secrets
    SecretBytes hello_key;      ///< MACs HELLOs: a filter against floods, not authentication
};
/// Without a domain key `domain_key` is nullptr and the keys are known to everyone; whether that
/// is allowed is the appraisal policy's decision.
Result<JobKeys> derive_job_keys(const SecretBytes* domain_key, std::string_view job_id);

inline constexpr size_t kExporterSize = kHashSize;
/// Label of the TLS exporter (RFC 8446 section 7.5), without a context.
inline constexpr std::string_view kExporterLabel = "EXPORTER-ucx-crypto-v1";

/// What both sides know once TLS has ended; the views are of the caller's memory.
struct TlsTranscript {
    const HelloBytes& client_hello;
    const HelloBytes& server_hello;
    const attest::Digest& client_spki_hash;
    const attest::Digest& server_spki_hash;
};

/// A public value that names this TLS connection, for evidence of purpose "channel".
Result<SecretBytes> evidence_exporter(const SecretBytes& exporter);

/// Proof, before any evidence is looked at, that the sender of a CONFIRM has the domain key and is
/// the end of this very TLS connection.
Result<Hash> membership_proof(const JobKeys& keys, const SecretBytes& exporter, Role sender,
                              const TlsTranscript& transcript);

/// T: the hash of everything that was said, the CONFIRM messages with their headers.
Result<Hash> transcript_hash(const TlsTranscript& transcript, ByteView client_confirm,
                             ByteView server_confirm);

/// The two proofs of an ACCEPT.
Result<Accept> accept_proofs(const JobKeys& keys, const SecretBytes& exporter, Role sender,
                             const Hash& transcript);

/// The secrets of the two directions' records.
struct TrafficSecrets {
    SecretBytes client_to_server;
    SecretBytes server_to_client;
};
Result<TrafficSecrets> traffic_secrets(const JobKeys& keys, const SecretBytes& exporter,
                                       const Hash& transcript, const InstanceId& client,
                                       const InstanceId& server, uint32_t stream);

}  // namespace ucx_crypto::handshake
