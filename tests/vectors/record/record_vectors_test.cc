// Keys and sealed records against record.txt, which generate.py computes independently of this
// code.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "ucx_crypto/record/header.h"
#include "ucx_crypto/record/key_schedule.h"
#include "ucx_crypto/record/nonce_sequence.h"

namespace ucx_crypto::record {
namespace {

Bytes from_hex(const std::string& text) {
    Bytes bytes;
    for (size_t i = 0; i + 1 < text.size(); i += 2) {
        bytes.push_back(static_cast<uint8_t>(std::stoi(text.substr(i, 2), nullptr, 16)));
    }
    return bytes;
}

template <typename View>
std::string hex(const View& view) {
    return to_hex(ByteView(view));
}

RecordType parse_type(const std::string& name) {
    const std::array<std::string, 4> names{"data", "rekey", "close", "keepalive"};
    const auto found = std::find(names.begin(), names.end(), name);
    REQUIRE(found != names.end());
    return static_cast<RecordType>(1 + (found - names.begin()));
}

aead::NonceBytes nonce_bytes(const Bytes& bytes) {
    aead::NonceBytes nonce{};
    REQUIRE(bytes.size() == nonce.size());
    std::copy(bytes.begin(), bytes.end(), nonce.begin());
    return nonce;
}

/// The lines of one kind (their first word), in the order of the file.
std::vector<std::vector<std::string>> lines(const std::string& kind, size_t expected_count) {
    std::vector<std::vector<std::string>> found;
    std::ifstream file(RECORD_VECTORS);
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string word;
        words >> word;
        if (word == kind) {
            found.emplace_back();
            while (words >> word) {
                found.back().push_back(word);
            }
        }
    }
    REQUIRE(found.size() == expected_count);
    return found;
}

struct EpochLine {
    uint16_t epoch;
    Bytes secret, key, static_iv;
};

std::vector<EpochLine> epochs(const std::string& algorithm) {
    std::vector<EpochLine> found;
    for (const auto& line : lines("keys", 8)) {
        if (line.at(0) == algorithm) {
            found.push_back({static_cast<uint16_t>(std::stoul(line.at(1))), from_hex(line.at(2)),
                             from_hex(line.at(3)), from_hex(line.at(4))});
        }
    }
    REQUIRE(found.size() == 4);
    return found;
}

struct RecordLine {
    uint16_t epoch;
    uint64_t sequence;
    RecordType type;
    Bytes plaintext, sealed;
};

std::vector<RecordLine> records(const std::string& algorithm) {
    std::vector<RecordLine> found;
    for (const auto& line : lines("record", 36)) {
        if (line.at(0) == algorithm) {
            found.push_back({static_cast<uint16_t>(std::stoul(line.at(1))), std::stoull(line.at(2)),
                             parse_type(line.at(3)),
                             line.at(4) == "-" ? Bytes() : from_hex(line.at(4)),
                             from_hex(line.at(5))});
        }
    }
    REQUIRE(found.size() == 18);
    return found;
}

struct Limits {
    Limits() {
        const auto line = lines("limits", 1).front();
        epoch = {std::stoull(line.at(1)), std::stoull(line.at(0))};
        max_plaintext = std::stoull(line.at(2));
    }
    EpochLimits epoch;
    size_t max_plaintext;
};

TrafficSecret first_secret(const std::string& algorithm) {
    return {aead::parse_algorithm(algorithm).value(),
            SecretBytes::copy_of(epochs(algorithm).front().secret)};
}

}  // namespace

TEST_CASE("Headers have the published bytes and are read back") {
    for (const auto& line : lines("header", 5)) {
        const Header header{parse_type(line.at(0)), static_cast<uint16_t>(std::stoul(line.at(1))),
                            static_cast<uint32_t>(std::stoul(line.at(2)))};
        CHECK(hex(encode(header)) == line.at(3));
        const Header read = decode(from_hex(line.at(3)), kMaxPlaintextLimit).value();
        CHECK(read.type == header.type);
        CHECK(read.epoch == header.epoch);
        CHECK(read.length == header.length);
    }
}

TEST_CASE("Nonces are the published ones") {
    for (const auto& line : lines("nonce", 6)) {
        NonceSequence nonces(nonce_bytes(from_hex(line.at(0))), std::stoull(line.at(1)));
        CHECK(hex(nonces.next().value()) == line.at(2));
    }
}

TEST_CASE("Every epoch's key and static IV are the published ones") {
    const std::string algorithm = GENERATE("aes256", "aes128");
    KeySchedule schedule = KeySchedule::create(first_secret(algorithm)).value();
    for (const EpochLine& expected : epochs(algorithm)) {
        REQUIRE(schedule.epoch() == expected.epoch);
        const EpochKeys keys = schedule.keys().value();
        CHECK(hex(keys.key.expose()) == hex(expected.key));
        CHECK(hex(keys.static_iv) == hex(expected.static_iv));
        REQUIRE(schedule.next_epoch().ok());
    }
}

TEST_CASE("A sealer sends the published bytes, REKEY where a limit wants it") {
    const std::string algorithm = GENERATE("aes256", "aes128");
    const Limits limits;
    Sealer sealer =
        Sealer::create(first_secret(algorithm), limits.max_plaintext, limits.epoch).value();
    Bytes expected;
    for (const RecordLine& record : records(algorithm)) {
        expected.insert(expected.end(), record.sealed.begin(), record.sealed.end());
        if (record.type == RecordType::kRekey) {
            continue;  // the sealer's own decision: it comes with the next record
        }
        const ByteView whole(record.plaintext);
        const std::array<ByteView, 2> parts{whole.first(whole.size() / 3),
                                            whole.subspan(whole.size() / 3)};
        Bytes sealed(Sealer::sealed_bound(whole.size()));
        sealed.resize(sealer.seal(record.type, parts, sealed).value());
        CHECK(hex(sealed) == hex(expected));
        CHECK(sealer.epoch() == record.epoch);
        expected.clear();
    }
    CHECK(expected.empty());
}

TEST_CASE("An opener reads the published bytes to their end, within the same limits") {
    const std::string algorithm = GENERATE("aes256", "aes128");
    const Limits limits;
    Opener opener =
        Opener::create(first_secret(algorithm), limits.max_plaintext, limits.epoch).value();
    Bytes stream;
    for (const RecordLine& record : records(algorithm)) {
        stream.insert(stream.end(), record.sealed.begin(), record.sealed.end());
    }
    MutableByteView rest(stream);
    for (const RecordLine& record : records(algorithm)) {
        CHECK(opener.epoch() == record.epoch);
        const auto opened = opener.open(rest);
        INFO("epoch " << record.epoch << ", record " << record.sequence);
        REQUIRE(opened.ok());
        REQUIRE(opened->has_value());
        CHECK((*opened)->type == record.type);
        CHECK((*opened)->consumed == record.sealed.size());
        CHECK(hex((*opened)->plaintext) == hex(record.plaintext));
        rest = rest.subspan((*opened)->consumed);
    }
    CHECK(rest.empty());
    CHECK(opener.closed());
}

}  // namespace ucx_crypto::record
