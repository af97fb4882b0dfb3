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
/// This is the layer below SealingKey and OpeningKey; only they and the provider tests call it, as
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
    virtual std::string_view name() const = 0;
    /// Library, version and the instructions that it works with, for people: "OpenSSL 3.0.17
    /// (AES-NI, PCLMULQDQ)".
    virtual std::string description() const = 0;
    /// `key` has key_size(algorithm) bytes.
    virtual Result<std::unique_ptr<Cipher>> make_sealing_cipher(Algorithm algorithm,
                                                                const SecretBytes& key) const = 0;
    virtual Result<std::unique_ptr<Cipher>> make_opening_cipher(Algorithm algorithm,
                                                                const SecretBytes& key) const = 0;
};

/// Always available.
const Provider& openssl_provider();

/// The provider used for records, after it has passed self_test() once in this process.
Result<const Provider*> selected_provider();

/// Known answers and a tamper check for both algorithms; an error names what differed.
Status self_test(const Provider& provider);

}  // namespace ucx_crypto::aead
