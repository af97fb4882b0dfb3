// NIST's CAVP response files for AES-GCM, through every provider.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>

#include "ucx_crypto/aead/selection.h"

namespace ucx_crypto::aead {
namespace {

Bytes from_hex(const std::string& text) {
    Bytes bytes;
    for (size_t i = 0; i + 1 < text.size(); i += 2) {
        bytes.push_back(static_cast<uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
    }
    return bytes;
}

struct Case {
    std::map<std::string, std::string> fields;
    bool fails = false;
    bool usable = false;
};

/// Cases with a 96-bit nonce and a 128-bit tag, the only ones that the record layer uses.
std::vector<Case> read_cases(const std::string& path) {
    std::ifstream file(path);
    std::vector<Case> cases;
    bool usable_nonce = false;
    bool usable_tag = false;
    for (std::string line; std::getline(file, line);) {
        while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) {
            line.pop_back();
        }
        if (line.rfind("[IVlen", 0) == 0) {
            usable_nonce = line == "[IVlen = 96]";
        } else if (line.rfind("[Taglen", 0) == 0) {
            usable_tag = line == "[Taglen = 128]";
        } else if (line.rfind("Count", 0) == 0) {
            cases.push_back({{}, false, usable_nonce && usable_tag});
        } else if (line == "FAIL") {
            cases.back().fails = true;
        } else if (const size_t equals = line.find(" =");
                   !cases.empty() && line[0] != '[' && equals != std::string::npos) {
            const size_t value = std::min(line.size(), equals + 3);
            cases.back().fields[line.substr(0, equals)] = line.substr(value);
        }
    }
    std::erase_if(cases, [](const Case& item) { return !item.usable; });
    return cases;
}

void check(const Provider& provider, Algorithm algorithm, const Case& item) {
    const auto field = [&item](const char* name) { return from_hex(item.fields.at(name)); };
    const auto key = SecretBytes::copy_of(field("Key"));
    NonceBytes nonce{};
    const Bytes iv = field("IV");
    REQUIRE(iv.size() == nonce.size());
    std::copy(iv.begin(), iv.end(), nonce.begin());
    const Bytes associated_data = field("AAD");
    const Bytes tag = field("Tag");
    Bytes sealed = field("CT");
    sealed.insert(sealed.end(), tag.begin(), tag.end());

    const auto opening = provider.make_opening_cipher(algorithm, key).value();
    Bytes opened(sealed.size());
    REQUIRE(opening->open(nonce, associated_data, sealed, opened.data()) == !item.fails);
    if (item.fails) {
        return;
    }
    opened.resize(sealed.size() - kTagSize);
    const Bytes plaintext = field("PT");
    REQUIRE(opened == plaintext);
    const auto sealing = provider.make_sealing_cipher(algorithm, key).value();
    Bytes again(sealed.size());
    const ByteView part(plaintext);
    REQUIRE(sealing->seal(nonce, associated_data, {&part, 1}, again.data()));
    REQUIRE(again == sealed);
}

}  // namespace

TEST_CASE("NIST CAVP: every AES-GCM case with 96-bit nonce and 128-bit tag, by every provider") {
    const auto [file, algorithm] = GENERATE(table<const char*, Algorithm>({
        {"gcmEncryptExtIV128.rsp", Algorithm::kAes128Gcm},
        {"gcmEncryptExtIV256.rsp", Algorithm::kAes256Gcm},
        {"gcmDecrypt128.rsp", Algorithm::kAes128Gcm},
        {"gcmDecrypt256.rsp", Algorithm::kAes256Gcm},
    }));
    const std::string path = std::string(UCX_CRYPTO_CAVP_DIR) + "/" + file;
    if (!std::ifstream(path)) {
        std::cout << "SKIP: expected " << path
                  << ", found none: install python3-cryptography-vectors\n";
        std::exit(EXIT_SUCCESS);
    }
    const auto cases = read_cases(path);
    CHECK(cases.size() == 375);
    for (const Candidate& candidate : candidates()) {
        const Provider* provider = candidate.find();
        if (provider == nullptr || !provider->supports(algorithm)) {
            continue;
        }
        INFO(candidate.name);
        for (const Case& item : cases) {
            check(*provider, algorithm, item);
        }
    }
}

}  // namespace ucx_crypto::aead
