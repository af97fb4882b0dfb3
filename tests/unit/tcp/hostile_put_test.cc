// PUTs of a peer that has valid keys and bad intentions.
#include "tests/unit/tcp/authenticated_peer.h"

namespace ucx_crypto::tcp {
namespace {

constexpr size_t kSize = 4096;
constexpr size_t kMargin = 64 * 1024;
constexpr uint64_t kOperation = 5;

struct Scene {
    Scene()
        : memory(node, target()),
          other(node, MutableByteView(bytes).first(kMargin / 2)),
          intruder(node) {
        other.deregister();
        REQUIRE(intruder.connect());
    }

    MutableByteView target() { return MutableByteView(bytes).subspan(kMargin, kSize); }
    uint64_t address() { return RegisteredMemory::address_of(target()); }
    bool untouched() const {
        return std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0xee; });
    }
    void check_ends(ErrorCode code) {
        REQUIRE(take_turns_until([&] { return intruder.ended(); }, node, intruder));
        REQUIRE(node.failures.size() == 1);
        CHECK_FALSE(node.failures[0].orderly);
        CHECK(node.failures[0].code == code);
        CHECK_FALSE(intruder.has_received(FrameKind::kPutAck));
    }

    Node node;
    Bytes bytes = Bytes(kSize + 2 * kMargin, 0xee);
    RegisteredMemory memory;
    RegisteredMemory other;  // deregistered
    AuthenticatedPeer intruder;
};

}  // namespace

TEST_CASE("A PUT inside the region lands and is acknowledged: the counter-example to the others") {
    Scene scene;
    const Bytes payload = pattern(kSize, 1);
    scene.intruder.send(make_put_begin(kOperation, scene.memory.token, scene.address(), kSize) +
                        make_put_data(kOperation, 0, ByteView(payload).first(1000)));
    scene.intruder.send(make_put_data(kOperation, 1000, ByteView(payload).subspan(1000)));
    REQUIRE(take_turns_until([&] { return scene.intruder.has_received(FrameKind::kPutAck); },
                             scene.node, scene.intruder));
    CHECK(*decode_u64(scene.intruder.last(FrameKind::kPutAck)->body) == kOperation);
    CHECK(equal(scene.target(), payload));
    CHECK(scene.node.failures.empty());
}

TEST_CASE("A PUT that names a range outside of the region ends the connection and writes nothing") {
    Scene scene;
    struct Range {
        uint64_t address;
        uint64_t length;
    };
    const uint64_t start = scene.address();
    const std::array<Range, 10> ranges{{{start, kSize + 1},               // beyond the end
                                        {start + kSize, 1},               // behind the end
                                        {start - 1, 1},                   // before the start
                                        {start - 1, kSize},               //
                                        {start + 1, UINT64_MAX},          // wraps round
                                        {start, UINT64_MAX - start + 1},  // ends at zero
                                        {start + 8, UINT64_MAX - 7},      // ends where it starts
                                        {UINT64_MAX, 2},
                                        {0, start + kSize},
                                        {0, 1}}};
    const Range range = ranges[GENERATE(Catch::Generators::range(size_t{0}, size_t{10}))];
    CAPTURE(range.address - start, range.length);
    const Bytes payload = pattern(64, 1);
    scene.intruder.send(
        make_put_begin(kOperation, scene.memory.token, range.address, range.length) +
        make_put_data(kOperation, 0, payload));
    scene.check_ends(ErrorCode::kAuthentication);
    CHECK(scene.untouched());
}

TEST_CASE("A PUT with a wrong or a revoked token ends the connection and writes nothing") {
    Scene scene;
    Token token = scene.memory.token;
    uint64_t address = scene.address();
    switch (GENERATE(0, 1, 2)) {
        case 0:
            token.back() ^= 1;
            break;
        case 1:
            token = {};
            break;
        default:
            token = scene.other.token;
            address = RegisteredMemory::address_of(scene.bytes);
    }
    scene.intruder.send(make_put_begin(kOperation, token, address, 16) +
                        make_put_data(kOperation, 0, pattern(16, 1)));
    scene.check_ends(ErrorCode::kAuthentication);
    CHECK(scene.untouched());
}

TEST_CASE("An empty PUT needs a good token as well") {
    Scene scene;
    scene.intruder.send(make_put_begin(kOperation, Token{}, scene.address(), 0));
    scene.check_ends(ErrorCode::kAuthentication);
}

TEST_CASE("A token that is revoked while its PUT is under way is good no longer") {
    Scene scene;
    const Bytes half = pattern(kSize / 2, 1);
    scene.intruder.send(make_put_begin(kOperation, scene.memory.token, scene.address(), kSize) +
                        make_put_data(kOperation, 0, half));
    REQUIRE(take_turns_until([&] { return equal(scene.target().first(half.size()), half); },
                             scene.node));
    scene.memory.deregister();
    scene.intruder.send(make_put_data(kOperation, half.size(), half));
    scene.check_ends(ErrorCode::kAuthentication);
    const ByteView rest = scene.target().subspan(half.size());
    CHECK(std::all_of(rest.begin(), rest.end(), [](uint8_t byte) { return byte == 0xee; }));
}

TEST_CASE(
    "PUT data that do not continue the PUT under way end the connection and are not written") {
    Scene scene;
    const Bytes payload = pattern(64, 1);
    const Bytes begin = make_put_begin(kOperation, scene.memory.token, scene.address(), 128);
    const std::array<Bytes, 9> records{
        make_put_data(kOperation, 0, payload),                   // not begun
        begin + make_put_data(kOperation + 1, 0, payload),       // of another operation
        begin + make_put_data(kOperation, 1, payload),           // leaves a gap
        begin + make_put_data(kOperation, 4096, payload),        // outside of the region
        begin + make_put_data(kOperation, UINT64_MAX, payload),  // wraps round
        begin + make_put_data(kOperation, 0, pattern(129, 1)),   // longer than begun
        begin + begin + make_put_data(kOperation, 0, payload),   // begun twice
        begin + make_frame(FrameKind::kPutAbort, kOperation) +   // aborted
            make_put_data(kOperation, 0, payload),
        begin + make_frame(FrameKind::kPutAbort, kOperation + 1)};  // aborts another
    const size_t index = GENERATE(range(size_t{0}, size_t{9}));
    CAPTURE(index);
    scene.intruder.send(records[index]);
    scene.check_ends(ErrorCode::kProtocol);
    CHECK(scene.untouched());
}

TEST_CASE("PUT data behind the end of their PUT end the connection") {
    Scene scene;
    const Bytes payload = pattern(64, 1);
    scene.intruder.send(make_put_begin(kOperation, scene.memory.token, scene.address(), 64) +
                        make_put_data(kOperation, 0, payload));
    REQUIRE(take_turns_until([&] { return scene.intruder.has_received(FrameKind::kPutAck); },
                             scene.node, scene.intruder));
    scene.intruder.send(make_put_data(kOperation, 64, payload));
    REQUIRE(take_turns_until([&] { return scene.intruder.ended(); }, scene.node, scene.intruder));
    CHECK(scene.target()[64] == 0xee);
}

}  // namespace ucx_crypto::tcp
