// The clear header of records: the negotiated maximum (4 bytes), then a header.
#include "tests/fuzz/target.h"
#include "ucx_crypto/base/wire.h"
#include "ucx_crypto/record/header.h"

namespace ucx_crypto::fuzz {

using namespace record;

void one_input(ByteView input) {
    WireReader reader(input);
    const size_t max_plaintext = reader.u32() % (kMaxPlaintextLimit + 1);
    const ByteView bytes = reader.bytes(reader.remaining());
    if (!reader.ok()) {
        return;
    }
    const auto header = decode(bytes, max_plaintext);
    if (!header.ok()) {
        UCX_CRYPTO_PROMISE(header.error().code() == ErrorCode::kProtocol);
        return;
    }
    UCX_CRYPTO_PROMISE(equal(encode(*header), bytes));
    UCX_CRYPTO_PROMISE(header->length >= aead::kTagSize);
    const size_t plaintext = header->length - aead::kTagSize;
    UCX_CRYPTO_PROMISE(plaintext <= (header->type == RecordType::kData ? max_plaintext : 0));
}

std::vector<Bytes> seeds() {
    const uint8_t maximum[] = {0, 0, 0x10, 0};
    std::vector<Bytes> all;
    for (const RecordType type :
         {RecordType::kData, RecordType::kRekey, RecordType::kClose, RecordType::kKeepalive}) {
        all.push_back(join(maximum, encode({type, 0, aead::kTagSize})));
        all.push_back(join(maximum, encode({type, 65535, 0x1000 + aead::kTagSize})));
    }
    return all;
}

}  // namespace ucx_crypto::fuzz
