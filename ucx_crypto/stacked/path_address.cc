#include "ucx_crypto/stacked/path_address.h"

#include <algorithm>

#include "ucx_crypto/base/wire.h"
#include "ucx_crypto/stacked/ring.h"

namespace ucx_crypto::stacked {
namespace {

constexpr uint8_t kVersion = 2;
constexpr size_t kBoundedParts = 4;  // device, interface, endpoint, key of the ring

}  // namespace

Result<Bytes> encode(const PathAddress& address) {
    Bytes bytes(2 + kMaxNameSize + kSessionIdSize + kBoundedParts * (2 + kMaxAddressSize) + 14);
    WireWriter writer(bytes);
    for (const Bytes* part : {&address.inner.device, &address.inner.interface,
                              &address.inner.endpoint, &address.inner.ring.key}) {
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
    writer.u32(address.inner.ring.size);
    writer.u64(address.inner.ring.address);
    writer.field16(address.inner.ring.key);
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
    InnerRing& ring = address.inner.ring;
    ring.size = reader.u32();
    ring.address = reader.u64();
    ring.key = to_bytes(reader.field16(kMaxAddressSize));
    UCX_CRYPTO_TRY(reader.finish("path address"));
    if (version != kVersion) {
        return Error(ErrorCode::kProtocol,
                     "path address: expected version 2, found " + std::to_string(version));
    }
    if (!std::all_of(address.transport.begin(), address.transport.end(),
                     [](char letter) { return letter > ' ' && letter <= '~'; })) {
        return Error(ErrorCode::kProtocol,
                     "path address: expected the name of an inner transport, found other bytes");
    }
    if (ring.size != 0 && (ring.size < kMinRingSize || ring.size > kMaxRingSize)) {
        return Error(ErrorCode::kProtocol,
                     "path address: expected a ring of 64 KiB to 16 MiB or none, found one of " +
                         std::to_string(ring.size) + " bytes");
    }
    return address;
}

}  // namespace ucx_crypto::stacked
