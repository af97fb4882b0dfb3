// One implementation of AES-GCM (OpenSSL, ...), behind the interface that all of them share.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "ucx_crypto/aead/algorithm.h"
#include "ucx_crypto/base/bytes.h"
#include "ucx_crypto/base/secret.h"

namespace ucx_crypto::aead {

using NonceBytes = std::array<uint8_t, kNonceSize>;

/// One key, set up once, for one direction. Used by one thread at a time.
///
/// Below it is the library, above it SizedCipher; only the record layer and the tests call it, as
/// it takes a nonce from its caller.
class Cipher {
  public:
    virtual ~Cipher() = default;

    /// Encrypts the concatenation of `plaintext` to `out`, followed by the tag. `out` has room for
    /// all of it; it is disjoint from the parts, or is exactly the one part (in place).
    virtual bool seal(const NonceBytes& nonce, ByteView associated_data,
                      std::span<const ByteView> plaintext, uint8_t* out) = 0;

    /// Decrypts `sealed` (ciphertext and tag) to `out`, which may be where the ciphertext is. When
    /// the tag does not verify it returns false and `out` holds zeros.
    virtual bool open(const NonceBytes& nonce, ByteView associated_data, ByteView sealed,
                      uint8_t* out) = 0;
};

class Provider {
  public:
    virtual ~Provider() = default;
    /// As UCX_CRYPTO_AEAD names it.
    virtual std::string_view name() const = 0;
    /// Library, version and the instructions that it works with, for people: "OpenSSL 3.0.17
    /// (AES-NI, PCLMULQDQ)".
    virtual std::string description() const = 0;
    virtual bool supports(Algorithm) const { return true; }
    /// `key` has key_size(algorithm) bytes, `algorithm` is one that it supports.
    virtual Result<std::unique_ptr<Cipher>> make_sealing_cipher(Algorithm algorithm,
                                                                const SecretBytes& key) const = 0;
    virtual Result<std::unique_ptr<Cipher>> make_opening_cipher(Algorithm algorithm,
                                                                const SecretBytes& key) const = 0;
};

/// Always available.
const Provider& openssl_provider();

/// Null where the library was not there at build, or has no quick and constant-time code for this
/// processor.
const Provider* ipsec_mb_provider();
const Provider* gcrypt_provider();
const Provider* sodium_provider();  ///< AES-256 only

/// kInvalidArgument unless `key` has the size that `algorithm` takes.
Status check_key_size(Algorithm algorithm, const SecretBytes& key);

/// Copies the parts to `out`, where Cipher::seal() lets them be, and returns the whole.
MutableByteView gather(std::span<const ByteView> parts, uint8_t* out);

/// Known answers, a tamper check and a comparison with OpenSSL under a random key, for each
/// algorithm that the provider supports; an error names what differed. Takes less than 1 ms.
Status self_test(const Provider& provider);

}  // namespace ucx_crypto::aead
