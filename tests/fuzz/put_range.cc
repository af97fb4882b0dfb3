// Where PUTs of an authenticated peer may write: regions, then writes with addresses, offsets and
// sizes of its choice.
#include <algorithm>
#include <array>

#include "tests/fuzz/target.h"
#include "ucx_crypto/tcp/region_table.h"

namespace ucx_crypto::fuzz {
namespace {

using namespace tcp;
using Wide = __int128;

constexpr size_t kMemorySize = 256;

/// A 64-bit number near `origin`, or any.
uint64_t near(WireReader& choices, uint64_t origin) {
    const uint8_t kind = choices.u8();
    return (kind & 1) != 0 ? choices.u64() : origin + static_cast<uint64_t>(choices.u16()) - 512;
}

}  // namespace

void one_input(ByteView input) {
    WireReader choices(input);
    alignas(64) std::array<uint8_t, kMemorySize> memory{};
    const auto base = reinterpret_cast<uint64_t>(memory.data());
    const size_t begin = choices.u8();
    const size_t size = choices.u8() % (kMemorySize - begin + 1);
    RegionTable table;
    const auto region = table.add(base + begin, size);
    const Token token = table.mint(*region);
    const auto other = table.add(base, kMemorySize);  // has no token that a peer could know
    uint8_t mark = 0;
    while (choices.remaining() > 0) {
        const uint8_t options = choices.u8();
        Token named = token;
        named[options >> 4] ^= static_cast<uint8_t>(options & 3);  // the right one for 0
        const uint64_t address = near(choices, base + begin);
        const uint64_t offset = near(choices, 512 + (choices.u8() & 3));
        const Bytes payload(choices.u8(), ++mark);
        const Wide start = Wide{address} + offset;
        const bool right = named == token && start >= Wide{base + begin} &&
                           start + Wide{payload.size()} <= Wide{base + begin + size};
        const auto before = memory;
        const Status written = table.write(named, address, offset, payload);
        UCX_CRYPTO_PROMISE(written.ok() == right);
        auto expected = before;
        if (right) {
            std::copy(payload.begin(), payload.end(),
                      expected.begin() + static_cast<ptrdiff_t>(start - Wide{base}));
        } else {
            UCX_CRYPTO_PROMISE(written.error().code() == ErrorCode::kAuthentication);
        }
        UCX_CRYPTO_PROMISE(memory == expected);
        const bool inside = named == token && address >= base + begin &&
                            Wide{address} + offset <= Wide{base + begin + size};
        UCX_CRYPTO_PROMISE(table.contains(named, address, offset) == inside);
    }
    table.remove(region);
    UCX_CRYPTO_PROMISE(!table.write(token, base + begin, 0, {}).ok() && table.size() == 0);
}

std::vector<Bytes> seeds() {
    return {{64, 64, 0, 0, 2, 0, 0, 2, 0, 0, 64},
            {64, 64, 0, 0, 2, 1, 0, 2, 0, 0, 64},
            {0, 0, 0, 0, 2, 0, 0, 2, 0, 0, 0},
            {64, 64, 0, 0, 2, 0, 1, 255, 255, 255, 255, 255, 255, 255, 240, 0, 16},
            {64, 64, 1, 0, 2, 0, 0, 2, 0, 0, 8}};
}

}  // namespace ucx_crypto::fuzz
