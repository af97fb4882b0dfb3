#include "ucx_crypto/attest/snp/endorsements.h"

#include <algorithm>

#include "ucx_crypto/attest/snp/certificate.h"
#include "ucx_crypto/base/wire.h"

namespace ucx_crypto::attest::snp {

Bytes encode_endorsements(const std::vector<Bytes>& certificates) {
    Bytes out{static_cast<uint8_t>(certificates.size())};
    for (const Bytes& der : certificates) {
        out.push_back(static_cast<uint8_t>(der.size() >> 8));
        out.push_back(static_cast<uint8_t>(der.size()));
        out.insert(out.end(), der.begin(), der.end());
    }
    return out;
}

Result<std::vector<ByteView>> decode_endorsements(ByteView bytes) {
    WireReader reader(bytes.first(std::min(bytes.size(), kMaxEndorsementsSize + 1)));
    const size_t count = reader.u8();
    if (count != kChainLength) {
        return Error(ErrorCode::kAuthentication,
                     "endorsements: expected 3 certificates, found " + std::to_string(count));
    }
    std::vector<ByteView> certificates(count);
    for (ByteView& der : certificates) {
        der = reader.field16(kMaxCertificateSize);
    }
    const Status finished = reader.finish("endorsements");
    if (!finished.ok()) {
        return Error(ErrorCode::kAuthentication, finished.error().message());
    }
    return certificates;
}

}  // namespace ucx_crypto::attest::snp
