// One epoch's ciphers for several threads.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <optional>

#include "ucx_crypto/aead/sized_cipher.h"
#include "ucx_crypto/helpers/pool.h"

namespace ucx_crypto::record {

/// A cipher is used by one thread at a time: each lane (helpers/task.h) makes its own when it first
/// needs it. Shared by the tasks of an epoch, so that its keys are wiped when the last of them has
/// gone and the direction has moved on.
class Lanes {
  public:
    using MakeCipher = Result<aead::SizedCipher> (*)(const aead::Selection&, const SecretBytes&);

    Lanes(const aead::Selection& selection, SecretBytes key, MakeCipher make_cipher)
        : selection_(selection), key_(std::move(key)), make_cipher_(make_cipher) {}

    /// The calling lane's cipher for records of this size, or null when it cannot be made.
    aead::Cipher* cipher(unsigned lane, size_t size) noexcept;

  private:
    const aead::Selection selection_;
    const SecretBytes key_;
    const MakeCipher make_cipher_;
    std::array<std::optional<aead::SizedCipher>, helpers::kMaxHelpers + 1> ciphers_;
};

}  // namespace ucx_crypto::record
