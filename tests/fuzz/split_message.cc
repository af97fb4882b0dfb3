// A member's message in several records, whatever their sizes, and wherever each has been opened.
#include "ucx_crypto/tcp/split_message.h"

#include <algorithm>

#include "tests/fuzz/target.h"

namespace ucx_crypto::fuzz {
namespace {

using namespace tcp;

constexpr size_t kCapacity = 4096;
constexpr size_t kLargest = 1000;

/// As a link opens a record: to the place that it was offered, where that is large enough.
MutableByteView opened(ByteView plaintext, MutableByteView destination, Bytes& elsewhere) {
    if (destination.empty() || destination.size() < plaintext.size()) {
        elsewhere = to_bytes(plaintext);
        return elsewhere;
    }
    std::memcpy(destination.data(), plaintext.data(), plaintext.size());
    return destination.first(plaintext.size());
}

}  // namespace

void one_input(ByteView input) {
    WireReader choices(input);
    BufferPool pool(kCapacity, 1);
    SplitMessage message;
    Bytes expected;
    size_t length = 0;
    while (choices.remaining() > 0) {
        const bool offered = (choices.u8() & 1) != 0;
        const ByteView plaintext =
            choices.bytes(std::min<size_t>(choices.u16() % 2048, choices.remaining()));
        Bytes elsewhere;
        if (message.incomplete()) {
            const MutableByteView place =
                offered ? message.destination_of_next(plaintext.size()) : MutableByteView();
            const Status added = message.add(opened(plaintext, place, elsewhere));
            const bool right = !plaintext.empty() && plaintext.size() <= length - expected.size();
            UCX_CRYPTO_PROMISE(added.ok() == right);
            if (!right) {
                break;
            }
            expected = join(expected, plaintext);
        } else {
            const MutableByteView place =
                offered ? message.destination_of_first(plaintext.size(), pool) : MutableByteView();
            const ByteView record = opened(plaintext, place, elsewhere);
            ByteView rest = record;
            while (!rest.empty()) {
                const auto frame = take_frame(rest);
                if (!frame.ok()) {
                    return;
                }
                if (frame->header.kind != FrameKind::kSplitMessage) {
                    continue;
                }
                expected = to_bytes(frame->body);
                length = frame->header.length;
                const Status begun = message.begin(*frame, record, kLargest, pool);
                UCX_CRYPTO_PROMISE(begun.ok() == (length <= kLargest));
                if (!begun.ok()) {
                    return;
                }
                UCX_CRYPTO_PROMISE(message.incomplete() && message.am_id() == frame->header.am_id);
            }
        }
        if (!expected.empty() && !message.incomplete()) {
            UCX_CRYPTO_PROMISE(equal(message.payload(), expected));
            message.release(pool);
            expected.clear();
        }
    }
}

std::vector<Bytes> seeds() {
    const auto record = [](uint8_t offered, ByteView plaintext) {
        const uint8_t head[] = {offered, static_cast<uint8_t>(plaintext.size() >> 8),
                                static_cast<uint8_t>(plaintext.size())};
        return join(head, plaintext);
    };
    const Bytes whole =
        join(encode(FrameHeader{FrameKind::kActiveMessage, 1, 6}), as_bytes("before"));
    const Bytes first =
        join(encode(FrameHeader{FrameKind::kSplitMessage, 12, 9}), as_bytes("begins"));
    const Bytes large =
        join(encode(FrameHeader{FrameKind::kSplitMessage, 0, kLargest}), Bytes(500));
    std::vector<Bytes> all;
    for (const uint8_t offered : {0, 1}) {
        const Bytes end = record(offered, as_bytes("end"));
        all.push_back(join(record(offered, first), end));
        all.push_back(join(record(offered, join(whole, first)), end));
        all.push_back(join(record(offered, large), record(offered, Bytes(500))));
    }
    return all;
}

}  // namespace ucx_crypto::fuzz
