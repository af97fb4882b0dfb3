// Frames: what crypto_tcp puts inside DATA records. All of it is ciphertext on the wire.
//
// A record holds one or more whole frames, of which the last may be the beginning of a split
// message, or the continuation of one. A large PUT is one PUT_BEGIN frame and as many PUT_DATA
// frames as it takes. Layouts are in WIRE.md.
#pragma once

#include <array>

#include "ucx_crypto/base/bytes.h"
#include "ucx_crypto/base/result.h"
#include "ucx_crypto/base/wire.h"

namespace ucx_crypto::tcp {

enum class FrameKind : uint8_t {
    kActiveMessage = 1,  ///< body: payload
    kPutBegin = 2,       ///< body: PutBegin
    kPutData = 3,        ///< body: PutPosition, payload
    kPutAbort = 4,       ///< body: u64 operation; the rest of it will not come
    kPutAck = 5,         ///< body: u64 operation; every byte of it is in place
    kFlushRequest = 6,   ///< body: u64 operation that the sender wants acknowledged
    kFlushAck = 7,       ///< body: that operation
    kHandles = 8,        ///< body: u8, whether the sender holds endpoints on this connection
    kSplitMessage = 9,   ///< body: payload of an active message, to be continued
};

inline constexpr size_t kFrameHeaderSize = 8;
inline constexpr size_t kTokenSize = 16;
/// AM ids are below it; UCT's UCT_AM_ID_MAX (uct/api/uct_def.h), as uct/iface.cc asserts.
inline constexpr uint8_t kActiveMessageIds = 32;

/// Names a registered region; random, and minted only when a remote key is packed.
using Token = std::array<uint8_t, kTokenSize>;

struct FrameHeader {
    FrameKind kind;
    uint8_t am_id;    ///< of an active message, below kActiveMessageIds; else zero
    uint32_t length;  ///< of the body; of a split message's: also what the next records have of it
};

/// Where and how much a PUT writes. The receiver checks it before it accepts any payload.
struct PutBegin {
    static constexpr size_t kSize = 8 + kTokenSize + 8 + 8;
    uint64_t operation;
    Token token;
    uint64_t address;
    uint64_t length;
};

struct PutPosition {
    static constexpr size_t kSize = 8 + 8;
    uint64_t operation;
    uint64_t offset;
};

inline constexpr size_t kPutDataOverhead = kFrameHeaderSize + PutPosition::kSize;

std::array<uint8_t, kFrameHeaderSize> encode(const FrameHeader& header);
std::array<uint8_t, PutBegin::kSize> encode(const PutBegin& begin);
std::array<uint8_t, PutPosition::kSize> encode(const PutPosition& position);
std::array<uint8_t, 8> encode_u64(uint64_t value);

/// One frame of a verified record.
struct Frame {
    FrameHeader header;
    ByteView body;
};

/// Takes the next frame off `rest`. kProtocol when its kind is unknown or it reaches beyond the
/// record; a split message must reach beyond it, and its body here is what the record has of it.
Result<Frame> take_frame(ByteView& rest);

Result<PutBegin> decode_put_begin(ByteView body);
/// `payload` is set to what follows the position.
Result<PutPosition> decode_put_position(ByteView body, ByteView& payload);
Result<uint64_t> decode_u64(ByteView body);

}  // namespace ucx_crypto::tcp
