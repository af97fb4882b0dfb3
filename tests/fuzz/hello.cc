// HELLO: options (1 byte), then a HELLO.
#include <algorithm>

#include "tests/fuzz/target.h"
#include "ucx_crypto/handshake/messages.h"

namespace ucx_crypto::fuzz {
namespace {

using namespace handshake;

constexpr uint8_t kServer = 1;
constexpr uint8_t kMac = 2;  ///< puts the right MAC in place, so that the checks behind it run

const SecretBytes& key() {
    static const SecretBytes secret = SecretBytes::copy_of(Bytes(kHashSize, 7));
    return secret;
}

}  // namespace

void one_input(ByteView input) {
    if (input.size() != 1 + kHelloSize) {
        return;  // the state machine hands over this many; see the target "handshake"
    }
    HelloBytes bytes{};
    std::copy(input.begin() + 1, input.end(), bytes.begin());
    const bool sealed = (input[0] & kMac) != 0;
    if (sealed) {
        const auto mac = hmac(key().expose(), ByteView(bytes).first(kHelloBodySize));
        UCX_CRYPTO_PROMISE(mac.ok());
        std::copy_n(mac->begin(), kHelloMacSize, bytes.begin() + kHelloBodySize);
    }
    const Role sender = (input[0] & kServer) != 0 ? Role::kServer : Role::kClient;
    const auto hello = decode_hello(bytes, sender, key());
    if (!hello.ok()) {
        UCX_CRYPTO_PROMISE(!sealed || hello.error().code() != ErrorCode::kAuthentication);
        return;
    }
    UCX_CRYPTO_PROMISE(hello->role == sender && hello->version_min <= hello->version_max);
    UCX_CRYPTO_PROMISE(hello->version_min <= kWireVersionMax &&
                       hello->version_max >= kWireVersionMin);
    const auto again = encode(*hello, key());
    UCX_CRYPTO_PROMISE(again.ok() && *again == bytes);
    UCX_CRYPTO_PROMISE(!decode_hello(bytes, other(sender), key()).ok());
    bytes[hello->interface_counter % kHelloSize] ^= 0x10;
    UCX_CRYPTO_PROMISE(!decode_hello(bytes, sender, key()).ok());
}

std::vector<Bytes> seeds() {
    std::vector<Bytes> all;
    for (const Role role : {Role::kClient, Role::kServer}) {
        Hello hello;
        hello.role = role;
        hello.own.fill(1);
        hello.peer.fill(2);
        hello.interface_counter = 3;
        const uint8_t of_role = role == Role::kServer ? kServer : 0;
        for (const uint8_t options : {of_role, static_cast<uint8_t>(of_role | kMac)}) {
            const uint8_t first[] = {options};
            all.push_back(join(first, encode(hello, key()).value()));
            hello.version_max = 7;
        }
    }
    return all;
}

}  // namespace ucx_crypto::fuzz
