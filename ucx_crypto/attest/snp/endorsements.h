// The wire form of endorsements: leaf (VCEK or VLEK), intermediate (ASK or ASVK) and root (ARK).
#pragma once

#include <vector>

#include "ucx_crypto/base/bytes.h"
#include "ucx_crypto/base/result.h"

namespace ucx_crypto::attest::snp {

inline constexpr size_t kChainLength = 3;

/// Count (1 byte), then each certificate's length (2 bytes, big-endian) and DER.
Bytes encode_endorsements(const std::vector<Bytes>& certificates);

/// Views into `bytes`: exactly kChainLength, each of at most kMaxCertificateSize bytes, and nothing
/// behind them (kAuthentication otherwise).
Result<std::vector<ByteView>> decode_endorsements(ByteView bytes);

}  // namespace ucx_crypto::attest::snp
