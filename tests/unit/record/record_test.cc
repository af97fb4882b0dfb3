#include "ucx_crypto/record/record.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

namespace ucx_crypto::record {
namespace {

constexpr size_t kMaxPlaintext = 4096;

TrafficSecret secret(uint8_t fill = 7, aead::Choice aead = aead::Choice::kAuto) {
    return {aead::Algorithm::kAes256Gcm, SecretBytes::copy_of(Bytes(48, fill)), aead};
}

struct Direction {
    explicit Direction(EpochLimits sender = {}, EpochLimits receiver = {})
        : sealer(Sealer::create(secret(), kMaxPlaintext, sender).value()),
          opener(Opener::create(secret(), kMaxPlaintext, receiver).value()) {}

    Bytes seal(ByteView plaintext, RecordType type = RecordType::kData) {
        Bytes out(Sealer::sealed_bound(plaintext.size()));
        const auto size = plaintext.empty() ? sealer.seal(type, {}, out)
                                            : sealer.seal(type, {&plaintext, 1}, out);
        REQUIRE(size.ok());
        out.resize(*size);
        return out;
    }

    Sealer sealer;
    Opener opener;
};

}  // namespace

TEST_CASE("Records of every size from none to the largest come back as they were") {
    Direction direction;
    std::mt19937 random(1);
    for (const size_t size :
         {size_t{0}, size_t{1}, size_t{15}, size_t{16}, size_t{17}, size_t{1000}, kMaxPlaintext}) {
        Bytes plaintext(size);
        for (uint8_t& byte : plaintext) {
            byte = static_cast<uint8_t>(random());
        }
        Bytes sealed = direction.seal(plaintext);
        CHECK(sealed.size() == size + kOverhead);
        const auto opened = direction.opener.open(sealed);
        REQUIRE(opened.ok());
        REQUIRE(opened->has_value());
        CHECK((*opened)->type == RecordType::kData);
        CHECK((*opened)->consumed == sealed.size());
        CHECK(equal((*opened)->plaintext, plaintext));
    }
}

TEST_CASE(
    "Every implementation opens what every other seals, over records of all sizes and epochs") {
    std::vector<aead::Choice> choices{aead::Choice::kAuto};
    for (const aead::Candidate& candidate : aead::candidates()) {
        if (candidate.find() != nullptr) {
            choices.push_back(candidate.choice);
        }
    }
    std::mt19937 random(2);
    const EpochLimits limits{1 << 20, 6};
    for (const aead::Choice sending : choices) {
        for (const aead::Choice receiving : choices) {
            INFO(static_cast<int>(sending) << " to " << static_cast<int>(receiving));
            auto sealer = Sealer::create(secret(9, sending), kMaxPlaintext, limits).value();
            auto opener = Opener::create(secret(9, receiving), kMaxPlaintext, limits).value();
            for (int i = 0; i < 39; ++i) {  // and one more in the last epoch
                Bytes plaintext(random() % (random() % 2 == 0 ? 64 : kMaxPlaintext + 1));
                std::generate(plaintext.begin(), plaintext.end(),
                              [&random] { return static_cast<uint8_t>(random()); });
                const ByteView whole(plaintext);
                const std::array<ByteView, 2> parts{whole.first(whole.size() / 3),
                                                    whole.subspan(whole.size() / 3)};
                Bytes wire(Sealer::sealed_bound(plaintext.size()));
                MutableByteView rest(wire.data(),
                                     sealer.seal(RecordType::kData, parts, wire).value());
                auto opened = opener.open(rest).value();
                if (opened->type == RecordType::kRekey) {
                    rest = rest.subspan(opened->consumed);
                    opened = opener.open(rest).value();
                }
                REQUIRE(equal(opened->plaintext, plaintext));
                REQUIRE(opened->consumed == rest.size());
            }
            REQUIRE(sealer.epoch() == 7);
            REQUIRE(opener.epoch() == 7);
            Bytes wire(Sealer::sealed_bound(0));
            wire.resize(sealer.seal(RecordType::kClose, {}, wire).value());
            wire.back() ^= 1;
            REQUIRE(!opener.open(wire).ok());
        }
    }
}

TEST_CASE("A partial record is neither opened nor an error, at every length") {
    Direction direction;
    const Bytes sealed = direction.seal(as_bytes("a record"));
    for (size_t size = 0; size < sealed.size(); ++size) {
        Bytes partial(sealed.begin(), sealed.begin() + static_cast<ptrdiff_t>(size));
        const auto opened = direction.opener.open(partial);
        REQUIRE(opened.ok());
        REQUIRE(!opened->has_value());
        const auto expected = direction.opener.record_size(partial);
        REQUIRE(expected.ok());
        REQUIRE(*expected == (size < kHeaderSize ? 0 : sealed.size()));
    }
    Bytes whole = sealed;
    CHECK(direction.opener.open(whole)->has_value());
}

TEST_CASE("A record with any bit altered is an error or stays incomplete, never data") {
    const Bytes sealed = Direction().seal(as_bytes("sixteen bytes ok"));
    for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
        Direction direction;
        Bytes altered = sealed;
        altered[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
        const auto opened = direction.opener.open(altered);
        REQUIRE((!opened.ok() || !opened->has_value()));
    }
}

TEST_CASE("Repeated, missing and exchanged records are errors, and an error is final") {
    Direction sender;
    const Bytes first = sender.seal(as_bytes("first"));
    const Bytes second = sender.seal(as_bytes("second"));
    SECTION("repeated") {
        Direction receiver;
        Bytes copy = first;
        REQUIRE(receiver.opener.open(copy)->has_value());
        copy = first;
        CHECK(receiver.opener.open(copy).error().code() == ErrorCode::kAuthentication);
        copy = second;
        CHECK(!receiver.opener.open(copy).ok());
    }
    SECTION("missing or exchanged") {
        Direction receiver;
        Bytes copy = second;
        CHECK(receiver.opener.open(copy).error().code() == ErrorCode::kAuthentication);
        copy = first;
        CHECK(!receiver.opener.open(copy).ok());
    }
}

TEST_CASE("Records of another secret are not genuine") {
    Direction sender;
    Bytes sealed = sender.seal(as_bytes("text"));
    auto other = Opener::create(secret(8), kMaxPlaintext, {}).value();
    CHECK(other.open(sealed).error().code() == ErrorCode::kAuthentication);
}

TEST_CASE("A length beyond the negotiated maximum is refused before the body arrives") {
    Direction direction;
    Bytes header{1, 1, 0, 0, 0, 0, 0x10, 0x11};  // 4096 + 16 + 1
    CHECK(direction.opener.record_size(header).error().code() == ErrorCode::kProtocol);
    CHECK(direction.opener.open(header).error().code() == ErrorCode::kProtocol);
}

TEST_CASE("Types other than DATA carry nothing, and a caller cannot send REKEY") {
    Direction direction;
    Bytes out(Sealer::sealed_bound(1));
    const uint8_t byte = 0;
    const ByteView part(&byte, 1);
    CHECK(!direction.sealer.seal(RecordType::kKeepalive, {&part, 1}, out).ok());
    CHECK(!direction.sealer.seal(RecordType::kRekey, {}, out).ok());
    Bytes long_keepalive{4, 1, 0, 0, 0, 0, 0, 17};
    CHECK(!direction.opener.open(long_keepalive).ok());
    Direction other;
    Bytes keepalive = other.seal({}, RecordType::kKeepalive);
    CHECK((*other.opener.open(keepalive))->type == RecordType::kKeepalive);
}

TEST_CASE("The sender changes keys at its limit and the receiver follows") {
    Direction direction(EpochLimits{kMaxPlaintext, 4});
    uint16_t rekeys = 0;
    for (int i = 0; i < 100; ++i) {
        const Bytes plaintext(static_cast<size_t>(i) * 10, static_cast<uint8_t>(i));
        Bytes sealed = direction.seal(plaintext);
        MutableByteView rest(sealed);
        bool found = false;
        while (!rest.empty()) {
            const auto opened = direction.opener.open(rest);
            REQUIRE(opened.ok());
            REQUIRE(opened->has_value());
            rest = rest.subspan((*opened)->consumed);
            if ((*opened)->type == RecordType::kRekey) {
                ++rekeys;
            } else {
                CHECK(equal((*opened)->plaintext, plaintext));
                found = true;
            }
        }
        CHECK(found);
    }
    CHECK(rekeys == direction.opener.epoch());
    CHECK(rekeys == direction.sealer.epoch());
    CHECK(rekeys >= 33);
}

TEST_CASE("The receiver refuses an epoch that goes on beyond its maximum") {
    SECTION("records") {
        Direction direction({}, EpochLimits{uint64_t{1} << 36, 3});
        for (int i = 0; i < 3; ++i) {
            Bytes sealed = direction.seal(as_bytes("x"));
            REQUIRE(direction.opener.open(sealed).ok());
        }
        Bytes sealed = direction.seal(as_bytes("x"));
        CHECK(direction.opener.open(sealed).error().code() == ErrorCode::kProtocol);
    }
    SECTION("bytes") {
        Direction direction({}, EpochLimits{kMaxPlaintext, 100});
        Bytes sealed = direction.seal(Bytes(kMaxPlaintext));
        REQUIRE(direction.opener.open(sealed).ok());
        sealed = direction.seal(as_bytes("x"));
        CHECK(!direction.opener.open(sealed).ok());
    }
}

TEST_CASE("Nothing follows CLOSE, neither sent nor received") {
    Direction direction;
    Bytes sealed = direction.seal({}, RecordType::kClose);
    Bytes out(100);
    CHECK(direction.sealer.seal(RecordType::kData, {}, out).error().code() == ErrorCode::kClosed);
    REQUIRE((*direction.opener.open(sealed))->type == RecordType::kClose);
    CHECK(direction.opener.closed());
    Bytes one(1);
    CHECK(!direction.opener.open(one).ok());
}

TEST_CASE("A record that does not fit is refused and takes no sequence number") {
    Direction direction;
    const ByteView text = as_bytes("text");
    Bytes small(kOverhead + 3);
    CHECK(direction.sealer.seal(RecordType::kData, {&text, 1}, small).error().code() ==
          ErrorCode::kExhausted);
    Bytes sealed = direction.seal(text);
    CHECK(direction.opener.open(sealed)->has_value());
}

TEST_CASE("Neither end is made of sizes, limits or secrets that the protocol does not have") {
    const auto sealer = [](size_t max_plaintext, EpochLimits limits) {
        return Sealer::create(secret(), max_plaintext, limits).ok();
    };
    CHECK(sealer(kMaxPlaintextLimit, {}));
    CHECK(sealer(1, EpochLimits{1, 2}));
    CHECK_FALSE(sealer(0, {}));
    CHECK_FALSE(sealer(kMaxPlaintextLimit + 1, {}));
    CHECK_FALSE(sealer(kMaxPlaintext, EpochLimits{kMaxPlaintext - 1, 2}));
    CHECK_FALSE(sealer(kMaxPlaintext, EpochLimits{kMaxPlaintext, 1}));
    CHECK(Opener::create(secret(), kMaxPlaintextLimit, {}).ok());
    CHECK_FALSE(Opener::create(secret(), 0, {}).ok());
    CHECK_FALSE(Opener::create(secret(), kMaxPlaintextLimit + 1, {}).ok());
    for (const size_t size : {size_t{0}, size_t{32}, size_t{49}}) {
        constexpr auto kAlgorithm = aead::Algorithm::kAes128Gcm;
        CHECK_FALSE(Sealer::create({kAlgorithm, SecretBytes(size)}, kMaxPlaintext, {}).ok());
        CHECK_FALSE(Opener::create({kAlgorithm, SecretBytes(size)}, kMaxPlaintext, {}).ok());
    }
}

TEST_CASE("Epoch 65535 is the last: then nothing is sealed, and no nonce is used twice") {
    Direction direction(EpochLimits{kMaxPlaintext, 2}, EpochLimits{kMaxPlaintext, 2});
    const ByteView text = as_bytes("x");
    Bytes out(Sealer::sealed_bound(text.size()));
    size_t sealed = 0;
    Result<size_t> written = size_t{0};
    while ((written = direction.sealer.seal(RecordType::kData, {&text, 1}, out)).ok()) {
        ++sealed;
    }
    CHECK(written.error().code() == ErrorCode::kExhausted);
    CHECK(direction.sealer.epoch() == UINT16_MAX);
    CHECK(sealed == size_t{UINT16_MAX} + 1);  // one and a REKEY in each epoch
    CHECK_FALSE(direction.sealer.seal(RecordType::kData, {&text, 1}, out).ok());
}

TEST_CASE("A forked child cannot seal on its parent's connection") {
    Direction direction;
    static_cast<void>(direction.seal(as_bytes("parent")));
    const pid_t child = fork();
    if (child == 0) {
        Bytes out(100);
        const auto sealed = direction.sealer.seal(RecordType::kData, {}, out);
        _exit(sealed.ok() ? 1 : 0);
    }
    REQUIRE(child > 0);
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("A forked child cannot open what comes on its parent's connection, and is told why") {
    Direction direction;
    Bytes record = direction.seal(as_bytes("to the parent"));
    const pid_t child = fork();
    if (child == 0) {
        const auto opened = direction.opener.open(record);
        _exit(!opened.ok() && opened.error().code() == ErrorCode::kInternal ? 0 : 1);
    }
    REQUIRE(child > 0);
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(direction.opener.open(record).ok());
}

}  // namespace ucx_crypto::record
