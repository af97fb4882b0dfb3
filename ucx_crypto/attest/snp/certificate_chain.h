// Endorsements: leaf (VCEK or VLEK), intermediate (ASK or ASVK) and root (ARK), in this order.
#pragma once

#include <openssl/x509.h>

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "ucx_crypto/attest/attestation.h"
#include "ucx_crypto/attest/snp/report.h"
#include "ucx_crypto/attest/snp/tcb.h"

namespace ucx_crypto::attest::snp {

struct X509Deleter {
    void operator()(X509* certificate) const { X509_free(certificate); }
};
using Certificate = std::unique_ptr<X509, X509Deleter>;

/// A key that is trusted to head chains of one product.
struct Root {
    Product product;
    Digest spki_hash{};  ///< SHA-256 of the SubjectPublicKeyInfo
    bool emulated = false;
};
/// AMD's, for Milan, Genoa and Turin: the pins of this code.
const std::vector<Root>& amd_roots();

/// SHA-256 of the certificate's SubjectPublicKeyInfo.
Result<Digest> spki_hash(const X509* certificate);

/// Exactly one DER certificate without trailing bytes (kAuthentication otherwise).
Result<Certificate> parse_certificate(ByteView der);

/// The wire list: count (1 byte), then each certificate's length (2 bytes, big-endian) and DER.
Bytes encode_endorsements(const std::vector<Bytes>& certificates);
Result<std::vector<ByteView>> decode_endorsements(ByteView bytes);

/// A leaf whose chain ends in a trusted root, with what its extensions say.
struct VerifiedLeaf {
    Certificate certificate;
    Root root;
    Signer signer = Signer::kVcek;
    Tcb tcb;
    Bytes hardware_id;  ///< empty for a VLEK
};

/// Verifies names, validity at `now`, RSA-4096 PSS signatures with SHA-384 and a salt of 48 bytes,
/// key types and AMD's extensions. kAuthentication otherwise.
Result<VerifiedLeaf> verify_chain(ByteView endorsements, const std::vector<Root>& roots,
                                  std::chrono::system_clock::time_point now);

}  // namespace ucx_crypto::attest::snp
