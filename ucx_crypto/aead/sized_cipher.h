// The ciphers of one key and direction: one for small records, one for large ones.
#pragma once

#include "ucx_crypto/aead/selection.h"

namespace ucx_crypto::aead {

/// Not a Cipher itself, so that a record costs one branch and one call. Where one provider serves
/// all sizes there is one cipher. Used by one thread at a time.
class SizedCipher {
  public:
    static Result<SizedCipher> for_sealing(const Selection& selection, const SecretBytes& key) {
        return make(selection, key, &Provider::make_sealing_cipher);
    }
    static Result<SizedCipher> for_opening(const Selection& selection, const SecretBytes& key) {
        return make(selection, key, &Provider::make_opening_cipher);
    }

    /// No cipher yet: for_size() may not be called.
    SizedCipher() = default;

    /// For a record with so many bytes of plaintext.
    Cipher& for_size(size_t size) { return size < first_large_ ? *small_ : *large_; }

  private:
    using MakeCipher = Result<std::unique_ptr<Cipher>> (Provider::*)(Algorithm,
                                                                     const SecretBytes&) const;

    SizedCipher(size_t first_large, std::unique_ptr<Cipher> small, std::unique_ptr<Cipher> large)
        : first_large_(first_large), small_(std::move(small)), large_(std::move(large)) {}

    static Result<SizedCipher> make(const Selection& selection, const SecretBytes& key,
                                    MakeCipher make_cipher);

    size_t first_large_ = SIZE_MAX;
    std::unique_ptr<Cipher> small_;
    std::unique_ptr<Cipher> large_;  ///< null where no record is for it
};

}  // namespace ucx_crypto::aead
