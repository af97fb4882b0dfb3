// Frames of an opened record, which an authenticated peer may have filled with anything.
#include "ucx_crypto/tcp/frame.h"
#include "tests/fuzz/target.h"

namespace ucx_crypto::fuzz {
namespace {

using namespace tcp;

void check_body(const Frame& frame) {
    const ByteView body = frame.body;
    const auto begin = decode_put_begin(body);
    UCX_CRYPTO_PROMISE(begin.ok() == (body.size() == PutBegin::kSize));
    UCX_CRYPTO_PROMISE(!begin.ok() || equal(encode(*begin), body));
    ByteView payload;
    const auto position = decode_put_position(body, payload);
    UCX_CRYPTO_PROMISE(position.ok() == (body.size() >= PutPosition::kSize));
    UCX_CRYPTO_PROMISE(!position.ok() || equal(join(encode(*position), payload), body));
    const auto number = decode_u64(body);
    UCX_CRYPTO_PROMISE(number.ok() == (body.size() == 8));
    UCX_CRYPTO_PROMISE(!number.ok() || equal(encode_u64(*number), body));
}

}  // namespace

void one_input(ByteView input) {
    Bytes again;
    ByteView rest = input;
    while (!rest.empty()) {
        const ByteView before = rest;
        const auto frame = take_frame(rest);
        if (!frame.ok()) {
            UCX_CRYPTO_PROMISE(frame.error().code() == ErrorCode::kProtocol);
            UCX_CRYPTO_PROMISE(rest.data() == before.data() && rest.size() == before.size());
            break;
        }
        if (frame->header.kind == FrameKind::kSplitMessage) {
            UCX_CRYPTO_PROMISE(frame->header.length > frame->body.size() && rest.empty());
        } else {
            UCX_CRYPTO_PROMISE(frame->header.length == frame->body.size());
        }
        check_body(*frame);
        again = join(again, join(encode(frame->header), frame->body));
        UCX_CRYPTO_PROMISE(rest.size() < before.size());
    }
    UCX_CRYPTO_PROMISE(equal(join(again, rest), input));
}

std::vector<Bytes> seeds() {
    const auto frame = [](FrameKind kind, ByteView body, uint8_t am_id = 0) {
        return join(encode(FrameHeader{kind, am_id, static_cast<uint32_t>(body.size())}), body);
    };
    const uint8_t one[] = {1};
    const Bytes begin = frame(FrameKind::kPutBegin, encode(PutBegin{1, {}, 4096, 5}));
    const Bytes data =
        frame(FrameKind::kPutData, join(encode(PutPosition{1, 0}), as_bytes("bytes")));
    const Bytes abort = frame(FrameKind::kPutAbort, encode_u64(1));
    return {frame(FrameKind::kActiveMessage, as_bytes("message"), 12),
            frame(FrameKind::kActiveMessage, {}),
            join(begin, data),
            join(begin, abort),
            join(frame(FrameKind::kPutAck, encode_u64(2)),
                 frame(FrameKind::kFlushRequest, encode_u64(3))),
            join(frame(FrameKind::kFlushAck, encode_u64(3)), frame(FrameKind::kHandles, one)),
            join(encode(FrameHeader{FrameKind::kSplitMessage, 12, 9}), as_bytes("begins")),
            join(frame(FrameKind::kActiveMessage, as_bytes("before"), 1),
                 encode(FrameHeader{FrameKind::kSplitMessage, 0, 1 << 16}))};
}

}  // namespace ucx_crypto::fuzz
