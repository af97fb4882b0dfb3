// The address by which a peer says how its end of an inner transport is reached.
#include "ucx_crypto/stacked/path_address.h"
#include "tests/fuzz/target.h"
#include "ucx_crypto/stacked/ring.h"

namespace ucx_crypto::fuzz {

using namespace stacked;

void one_input(ByteView input) {
    const auto address = decode_path_address(input);
    if (!address.ok()) {
        UCX_CRYPTO_PROMISE(address.error().code() == ErrorCode::kProtocol);
        return;
    }
    const InnerAddress& inner = address->inner;
    UCX_CRYPTO_PROMISE(address->transport.size() <= kMaxNameSize);
    for (const Bytes* part : {&inner.device, &inner.interface, &inner.endpoint, &inner.ring.key}) {
        UCX_CRYPTO_PROMISE(part->size() <= kMaxAddressSize);
    }
    UCX_CRYPTO_PROMISE(inner.ring.size == 0 ||
                       (inner.ring.size >= kMinRingSize && inner.ring.size <= kMaxRingSize));
    const auto again = encode(*address);
    UCX_CRYPTO_PROMISE(again.ok() && equal(*again, input));
    UCX_CRYPTO_PROMISE(!decode_path_address(input.first(input.size() - 1)).ok());
    UCX_CRYPTO_PROMISE(!decode_path_address(join(input, input.first(1))).ok());
}

std::vector<Bytes> seeds() {
    const Bytes longest(kMaxAddressSize, 9);
    const std::vector<PathAddress> addresses{
        {"rc_verbs", 4, {Bytes(18, 1), {}, Bytes(10, 2), {1 << 18, 1 << 12, Bytes(16, 3)}}},
        {"posix", 8, {Bytes(8, 1), Bytes(16, 2), {}, {kMinRingSize, 0, Bytes(24, 3)}}},
        {"", 0, {{}, {}, {}, {}}},
        {std::string(kMaxNameSize, 'n'),
         ~SessionId{3},
         {longest, longest, longest, {kMaxRingSize, ~uint64_t{0}, longest}}}};
    std::vector<Bytes> all;
    all.reserve(addresses.size());
    for (const PathAddress& address : addresses) {
        all.push_back(encode(address).value());
    }
    return all;
}

}  // namespace ucx_crypto::fuzz
