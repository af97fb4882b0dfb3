#include "ucx_crypto/stacked/path_address.h"

#include "ucx_crypto/base/wire.h"

namespace ucx_crypto::stacked {
namespace {

constexpr uint8_t kVersion = 1;

}  // namespace

Result<Bytes> encode(const PathAddress& address) {
    Bytes bytes(2 + kMaxNameSize + kSessionIdSize + 3 * (2 + kMaxAddressSize) + 2);
    WireWriter writer(bytes);
    for (const Bytes* part :
         {&address.inner.device, &address.inner.interface, &address.inner.endpoint}) {
        if (part->size() > kMaxAddressSize || address.transport.size() > kMaxNameSize) {
            return Error(ErrorCode::kExhausted,
                         "inner transport " + address.transport +
                             ": expected a name of at most 31 bytes and addresses of at most 255, "
                             "found longer ones");
        }
    }
    writer.u8(kVersion);
    writer.field16(as_bytes(address.transport));
    writer.u64(address.session);
    writer.field16(address.inner.device);
    writer.field16(address.inner.interface);
    writer.field16(address.inner.endpoint);
    const MutableByteView written = UCX_CRYPTO_TRY(writer.finish("path address"));
    return to_bytes(written);
}

Result<PathAddress> decode_path_address(ByteView bytes) {
    WireReader reader(bytes);
    const uint8_t version = reader.u8();
    PathAddress address{};
    address.transport = as_text(reader.field16(kMaxNameSize));
    address.session = reader.u64();
    address.inner.device = to_bytes(reader.field16(kMaxAddressSize));
    address.inner.interface = to_bytes(reader.field16(kMaxAddressSize));
    address.inner.endpoint = to_bytes(reader.field16(kMaxAddressSize));
    UCX_CRYPTO_TRY(reader.finish("path address"));
    if (version != kVersion) {
        return Error(ErrorCode::kProtocol,
                     "path address: expected version 1, found " + std::to_string(version));
    }
    return address;
}

}  // namespace ucx_crypto::stacked
