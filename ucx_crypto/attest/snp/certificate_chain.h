// ARK -> ASK -> VCEK, or ARK -> ASVK -> VLEK: from a pinned root to the key that signs reports.
#pragma once

#include "ucx_crypto/attest/snp/certificate.h"
#include "ucx_crypto/attest/snp/endorsements.h"
#include "ucx_crypto/attest/snp/leaf.h"

namespace ucx_crypto::attest::snp {

/// A key that is trusted to head chains of one product.
struct Root {
    Product product;
    Digest spki_hash{};  ///< SHA-256 of the SubjectPublicKeyInfo
    bool emulated = false;
};
/// AMD's, for Milan, Genoa and Turin: the pins of this code.
const std::vector<Root>& amd_roots();

/// Parsed, nothing verified.
struct CertificateChain {
    Certificate leaf;
    Certificate intermediate;
    Certificate root;

    /// Endorsements as on the wire.
    static Result<CertificateChain> parse(ByteView endorsements);
    /// The kind of key that the leaf's issuer is named to endorse. kAuthentication if neither.
    Result<Signer> kind() const;
};

/// A leaf whose chain ends in a trusted root, with what its extensions say.
struct VerifiedLeaf {
    Certificate certificate;
    Root root;
    Signer signer = Signer::kVcek;
    Tcb tcb;
    Bytes hardware_id;    ///< empty for a VLEK
    Validity validity{};  ///< of all certificates of the chain
};

/// Verifies names, validity at `now`, RSA-4096 PSS signatures with SHA-384 and a salt of 48 bytes,
/// key types and AMD's extensions. kAuthentication otherwise.
Result<VerifiedLeaf> verify_chain(CertificateChain chain, const std::vector<Root>& roots,
                                  std::chrono::system_clock::time_point now);
Result<VerifiedLeaf> verify_chain(ByteView endorsements, const std::vector<Root>& roots,
                                  std::chrono::system_clock::time_point now);

}  // namespace ucx_crypto::attest::snp
