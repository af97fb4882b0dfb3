// The process's TLS key and self-signed certificate, and what is wanted of a peer's.
#pragma once

#include <openssl/types.h>

#include <memory>

#include "ucx_crypto/attest/attestation.h"

namespace ucx_crypto::handshake {

struct OpensslDelete {
    void operator()(EVP_PKEY* key) const;
    void operator()(X509* certificate) const;
    void operator()(SSL_CTX* context) const;
    void operator()(SSL* ssl) const;
};
template <typename T>
using OpensslPtr = std::unique_ptr<T, OpensslDelete>;

/// A P-256 key and a certificate that carries it, fresh for each process. Names, serial and dates
/// are constant and mean nothing: the key is vouched for by evidence and by the domain proof.
/// Immutable: any thread.
class Certificate {
  public:
    static Result<Certificate> create();

    X509* x509() const { return x509_.get(); }
    EVP_PKEY* key() const { return key_.get(); }
    /// SHA-256 of the DER SubjectPublicKeyInfo.
    const attest::Digest& spki_hash() const { return spki_hash_; }

  private:
    OpensslPtr<EVP_PKEY> key_;
    OpensslPtr<X509> x509_;
    attest::Digest spki_hash_{};
};

/// SHA-256 of the DER SubjectPublicKeyInfo of a certificate with an uncompressed P-256 key on the
/// named curve; kAuthentication for any other key.
Result<attest::Digest> p256_spki_hash(X509* certificate);

}  // namespace ucx_crypto::handshake
