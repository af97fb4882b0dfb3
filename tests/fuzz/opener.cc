// A stream of records that somebody alters on its way: what is sealed, which changes are made, and
// in which pieces it arrives.
#include <algorithm>

#include "tests/fuzz/target.h"
#include "ucx_crypto/base/wire.h"
#include "ucx_crypto/record/record.h"

namespace ucx_crypto::fuzz {
namespace {

using namespace record;

constexpr size_t kMaxPlaintext = 64;
constexpr size_t kMaxRecords = 16;
constexpr size_t kMaxChanges = 4;

struct Sent {
    RecordType type;
    Bytes plaintext;
    size_t end;  ///< of the sealed record in the stream
};

struct Stream {
    Bytes bytes;
    std::vector<Sent> records;
};

struct Setup {
    aead::Algorithm algorithm;
    EpochLimits limits;

    TrafficSecret secret() const { return {algorithm, SecretBytes::copy_of(Bytes(48, 7))}; }
};

Setup read_setup(WireReader& choices) {
    const uint8_t choice = choices.u8();
    return {(choice & 1) != 0 ? aead::Algorithm::kAes128Gcm : aead::Algorithm::kAes256Gcm,
            {.max_bytes = kMaxPlaintext + (choice >> 4) * size_t{8},
             .max_records = uint64_t{2} + (choice >> 1 & 7)}};
}

/// Seals what the choices say, up to a CLOSE.
Stream seal(const Setup& setup, WireReader& choices) {
    Stream stream;
    auto sealer = Sealer::create(setup.secret(), kMaxPlaintext, setup.limits);
    UCX_CRYPTO_PROMISE(sealer.ok());
    const size_t count = choices.u8() % (kMaxRecords + 1);
    for (size_t i = 0; i < count; ++i) {
        const uint8_t choice = choices.u8();
        const RecordType type = choice == 0xff  ? RecordType::kClose
                                : choice > 0xf0 ? RecordType::kKeepalive
                                                : RecordType::kData;
        const size_t size = type == RecordType::kData ? choice % (kMaxPlaintext + 1) : 0;
        const Bytes plaintext(size, static_cast<uint8_t>(i + 1));
        const ByteView part = plaintext;
        Bytes out(Sealer::sealed_bound(size));
        const uint16_t epoch = sealer->epoch();
        const auto written = sealer->seal(type, {&part, 1}, out);
        UCX_CRYPTO_PROMISE(written.ok());
        if (sealer->epoch() != epoch) {
            stream.records.push_back({RecordType::kRekey, {}, stream.bytes.size() + kOverhead});
        }
        stream.bytes.insert(stream.bytes.end(), out.begin(),
                            out.begin() + static_cast<ptrdiff_t>(*written));
        stream.records.push_back({type, plaintext, stream.bytes.size()});
        if (type == RecordType::kClose) {
            break;
        }
    }
    return stream;
}

/// What somebody on the way does: alters, removes, inserts, repeats, moves.
Bytes alter(Bytes bytes, WireReader& choices) {
    const size_t count = choices.u8() % (kMaxChanges + 1);
    for (size_t i = 0; i < count && !bytes.empty(); ++i) {
        const uint8_t kind = choices.u8() % 5;
        const auto at = static_cast<ptrdiff_t>(choices.u16() % bytes.size());
        const uint8_t value = choices.u8();
        const auto to = bytes.begin() + std::min(at + value, static_cast<ptrdiff_t>(bytes.size()));
        switch (kind) {
            case 0:
                bytes[static_cast<size_t>(at)] ^= value;
                break;
            case 1:
                bytes.erase(bytes.begin() + at, to);
                break;
            case 2:
                bytes.insert(bytes.begin() + at, value);
                break;
            case 3: {
                const Bytes run(bytes.begin() + at, to);
                bytes.insert(to, run.begin(), run.end());
                break;
            }
            default:
                std::rotate(bytes.begin() + at, bytes.begin() + at + (to - bytes.begin() - at) / 2,
                            to);
        }
    }
    const ByteView tail = choices.bytes(choices.remaining());
    bytes.insert(bytes.end(), tail.begin(), tail.end());
    return bytes;
}

/// Gives `bytes` in pieces and compares what comes out with what was sent; how many records came.
size_t receive(const Setup& setup, ByteView bytes, const Stream& sent, size_t piece) {
    auto opener = Opener::create(setup.secret(), kMaxPlaintext, setup.limits);
    UCX_CRYPTO_PROMISE(opener.ok());
    size_t consumed = 0;
    size_t records = 0;
    for (size_t there = 0; there < bytes.size() || consumed == 0;) {
        there = std::min(there + piece, bytes.size());
        while (true) {
            Bytes buffer = to_bytes(bytes.subspan(consumed, there - consumed));
            const auto size = opener->record_size(buffer);
            auto opened = opener->open(buffer);
            if (!opened.ok()) {
                Bytes good = sent.bytes;
                UCX_CRYPTO_PROMISE(opener->open(good).error().code() == ErrorCode::kClosed);
                return records;
            }
            if (!opened->has_value()) {
                UCX_CRYPTO_PROMISE(opener->closed() || !size.ok() || *size == 0 ||
                                   *size > buffer.size());
                break;
            }
            const OpenedRecord& record = **opened;
            UCX_CRYPTO_PROMISE(records < sent.records.size());
            const Sent& expected = sent.records[records++];
            UCX_CRYPTO_PROMISE(record.type == expected.type);
            UCX_CRYPTO_PROMISE(equal(record.plaintext, expected.plaintext));
            UCX_CRYPTO_PROMISE(size.ok() && *size == record.consumed);
            consumed += record.consumed;
            UCX_CRYPTO_PROMISE(consumed == expected.end);
            UCX_CRYPTO_PROMISE(opener->closed() == (record.type == RecordType::kClose));
        }
        if (there == bytes.size()) {
            break;
        }
    }
    return records;
}

}  // namespace

void one_input(ByteView input) {
    WireReader choices(input);
    const Setup setup = read_setup(choices);
    const size_t piece = choices.u8() + size_t{1};
    const Stream sent = seal(setup, choices);
    const Bytes arrived = alter(sent.bytes, choices);
    const auto difference =
        std::mismatch(sent.bytes.begin(), sent.bytes.end(), arrived.begin(), arrived.end());
    const auto intact = static_cast<size_t>(difference.first - sent.bytes.begin());
    // Every record before the first alteration, and none that it touches or follows it.
    const auto expected = std::count_if(sent.records.begin(), sent.records.end(),
                                        [intact](const Sent& each) { return each.end <= intact; });
    UCX_CRYPTO_PROMISE(receive(setup, arrived, sent, piece) == static_cast<size_t>(expected));
}

std::vector<Bytes> seeds() {
    return {{0, 255, 3, 10, 20, 30, 0},
            {1, 7, 5, 64, 64, 0xf5, 12, 0xff, 0},
            {0x02, 30, 6, 1, 2, 3, 4, 5, 6, 1, 0, 0, 40, 1},
            {0x02, 30, 6, 1, 2, 3, 4, 5, 6, 2, 1, 0, 20, 9, 2, 0, 3, 0},
            {0x70, 1, 4, 9, 9, 9, 9, 1, 3, 0, 0, 33},
            {0x70, 1, 4, 9, 9, 9, 9, 1, 4, 0, 0, 66},
            {0, 100, 2, 5, 0xff, 0, 1, 1, 0, 0, 0, 0, 0, 16}};
}

}  // namespace ucx_crypto::fuzz
