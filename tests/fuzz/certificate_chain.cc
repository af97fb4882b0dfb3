// Endorsements as a peer sends them: three certificates, which may be anything.
#include <openssl/err.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/fuzz/target.h"
#include "ucx_crypto/attest/emulated_root.h"
#include "ucx_crypto/attest/snp/certificate_chain.h"
#include "ucx_crypto/attest/snp/certificate_file.h"

namespace ucx_crypto::fuzz {
namespace {

using namespace attest::snp;

constexpr Product kProducts[] = {Product::kMilan, Product::kGenoa, Product::kTurin};

/// When the certificates of real machines and of seeds are valid.
std::chrono::system_clock::time_point now() {
    static const auto start = std::chrono::system_clock::now();
    return start;
}

/// Whatever root the input brings is trusted, for each product: what is behind the pin must hold by
/// itself.
void check_trusting(ByteView input, const attest::Digest& root) {
    for (const Product product : kProducts) {
        const auto leaf = verify_chain(input, {{product, root, true}}, now());
        if (!leaf.ok()) {
            UCX_CRYPTO_PROMISE(leaf.error().code() == ErrorCode::kAuthentication);
            continue;
        }
        UCX_CRYPTO_PROMISE(leaf->root.product == product && leaf->root.emulated);
        UCX_CRYPTO_PROMISE((leaf->signer == Signer::kVlek) == leaf->hardware_id.empty());
        UCX_CRYPTO_PROMISE(
            !verify_chain(input, {{product, root, true}}, std::chrono::system_clock::time_point())
                 .ok());
        // The bytes around a place in the signed part of the leaf, which is of 700 bytes and more.
        constexpr size_t kFirst = 64;
        constexpr size_t kLast = 700;
        Bytes altered = to_bytes(input);
        const size_t at = kFirst + input[input.size() - 1] * size_t{31} % (kLast - kFirst);
        altered[at] ^= 1;
        UCX_CRYPTO_PROMISE(!verify_chain(altered, {{product, root, true}}, now()).ok());
    }
}

}  // namespace

void one_input(ByteView input) {
    const auto list = decode_endorsements(input);
    if (!list.ok()) {
        UCX_CRYPTO_PROMISE(list.error().code() == ErrorCode::kAuthentication);
        UCX_CRYPTO_PROMISE(!CertificateChain::parse(input).ok());
        return;
    }
    std::vector<Bytes> copies;
    for (const ByteView der : *list) {
        UCX_CRYPTO_PROMISE(der.size() <= kMaxCertificateSize);
        copies.push_back(to_bytes(der));
    }
    UCX_CRYPTO_PROMISE(equal(encode_endorsements(copies), input));
    const auto chain = CertificateChain::parse(input);
    if (!chain.ok()) {
        UCX_CRYPTO_PROMISE(chain.error().code() == ErrorCode::kAuthentication);
    } else {
        for (const Product product : kProducts) {
            for (const Signer signer : {Signer::kVcek, Signer::kVlek}) {
                const auto contents = read_leaf(chain->leaf.get(), product, signer);
                UCX_CRYPTO_PROMISE(contents.ok() ||
                                   contents.error().code() == ErrorCode::kAuthentication);
            }
        }
        const auto root = spki_hash(chain->root.get());
        if (root.ok()) {
            check_trusting(input, *root);
        }
    }
    const auto genuine = verify_chain(input, amd_roots(), now());
    UCX_CRYPTO_PROMISE(!genuine.ok() || !genuine->root.emulated);
    UCX_CRYPTO_PROMISE(ERR_peek_error() == 0);  // the queue is the application's
}

std::vector<Bytes> seeds() {
    std::vector<Bytes> all = {encode_endorsements({{1, 2}, {3}, {}})};
    char folder[] = "/tmp/ucx-crypto-seeds-XXXXXX";
    UCX_CRYPTO_PROMISE(mkdtemp(folder) != nullptr);
    const auto root = attest::emulated::create_root(folder);
    UCX_CRYPTO_PROMISE(root.ok());
    {
        std::ifstream file(std::string(folder) + "/" + attest::emulated::kEndorsementsFile,
                           std::ios::binary);
        all.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    std::filesystem::remove_all(folder);
    for (const char* product : {"milan", "turin"}) {
        Bytes issuers[2];
        for (size_t i = 0; i < 2; ++i) {
            for (const Bytes& pem :
                 real_files(product + std::string(i == 0 ? "_ask.pem" : "_ark.pem"))) {
                const auto parsed = parse_certificates(pem, "real issuer");
                UCX_CRYPTO_PROMISE(parsed.ok());
                issuers[i] = parsed->front();
            }
        }
        for (const Bytes& leaf : real_files("vcek.der")) {
            all.push_back(encode_endorsements({leaf, issuers[0], issuers[1]}));
        }
    }
    return all;
}

}  // namespace ucx_crypto::fuzz
