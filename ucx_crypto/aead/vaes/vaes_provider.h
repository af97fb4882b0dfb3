// AES-GCM of our own, for processors with VAES and VPCLMULQDQ.
#pragma once

#include "ucx_crypto/aead/provider.h"

namespace ucx_crypto::aead {

/// The quicker of the two below; null where this processor, its operating system or its
/// architecture has neither.
const Provider* vaes_provider();

/// The provider with the body for 256 bits, and for 512; null where it cannot run.
const Provider* vaes_avx2_provider();
const Provider* vaes_avx512_provider();

}  // namespace ucx_crypto::aead
