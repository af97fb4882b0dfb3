#include "ucx_crypto/attest/snp/certificate_chain.h"

#include <sodium.h>

#include <algorithm>

namespace ucx_crypto::attest::snp {
namespace {

Digest pin(std::string_view hex) {
    Digest digest{};
    sodium_hex2bin(digest.data(), digest.size(), hex.data(), hex.size(), nullptr, nullptr, nullptr);
    return digest;
}

/// Names say which product and kind of key a certificate is for; the signatures that they are true.
Status check_names(const CertificateChain& chain, Signer kind, Product product) {
    const std::string name(to_string(product));
    const std::string ask = (kind == Signer::kVlek ? "SEV-VLEK-" : "SEV-") + name;
    const auto check = [](X509* certificate, const std::string& expected, const char* which) {
        const std::string found = common_name(X509_get_subject_name(certificate));
        return found == expected ? success()
                                 : Status(bad_certificate(which, "name " + expected,
                                                          to_hex(as_bytes(found)).substr(0, 80)));
    };
    UCX_CRYPTO_TRY(check(chain.root.get(), "ARK-" + name, "root"));
    UCX_CRYPTO_TRY(check(chain.intermediate.get(), ask, "intermediate"));
    UCX_CRYPTO_TRY(
        check(chain.leaf.get(), kind == Signer::kVlek ? "SEV-VLEK" : "SEV-VCEK", "leaf"));
    X509* const subjects[] = {chain.leaf.get(), chain.intermediate.get(), chain.root.get()};
    for (size_t i = 0; i < kChainLength; ++i) {
        X509* const issuer = subjects[std::min(i + 1, kChainLength - 1)];
        if (X509_NAME_cmp(X509_get_issuer_name(subjects[i]), X509_get_subject_name(issuer)) != 0) {
            return bad_certificate("each", "the next one's name as issuer", "another");
        }
    }
    return success();
}

}  // namespace

const std::vector<Root>& amd_roots() {
    static const std::vector<Root> roots = {
        {Product::kMilan, pin("9f056bee44377e29308cb5ffa895bdfb62d18881fa6bed8d6f075b0204089cb9")},
        {Product::kGenoa, pin("429a69c9422aa258ee4d8db5fcda9c6470ef15f8cd5a9cebd6cbc7d90b863831")},
        {Product::kTurin, pin("4f125410563a2ab9a50356f9243f6fe0b6f73de98603f53f90339c70e9d7ad08")},
    };
    return roots;
}

Result<CertificateChain> CertificateChain::parse(ByteView endorsements) {
    const auto list = UCX_CRYPTO_TRY(decode_endorsements(endorsements));
    CertificateChain chain;
    chain.leaf = UCX_CRYPTO_TRY(parse_certificate(list[0]));
    chain.intermediate = UCX_CRYPTO_TRY(parse_certificate(list[1]));
    chain.root = UCX_CRYPTO_TRY(parse_certificate(list[2]));
    return chain;
}

Result<Signer> CertificateChain::kind() const {
    const std::string issuer = common_name(X509_get_issuer_name(leaf.get()));
    if (issuer.starts_with("SEV-VLEK-")) {
        return Signer::kVlek;
    }
    if (issuer.starts_with("SEV-")) {
        return Signer::kVcek;
    }
    return bad_certificate("leaf", "issuer SEV-PRODUCT or SEV-VLEK-PRODUCT",
                           to_hex(as_bytes(issuer)).substr(0, 80));
}

Result<VerifiedLeaf> verify_chain(CertificateChain chain, const std::vector<Root>& roots,
                                  std::chrono::system_clock::time_point now) {
    X509* const root = chain.root.get();
    X509* const intermediate = chain.intermediate.get();
    X509* const leaf = chain.leaf.get();
    const Digest hash = UCX_CRYPTO_TRY(spki_hash(root));
    const auto trusted = std::find_if(roots.begin(), roots.end(), [&hash](const Root& candidate) {
        return candidate.spki_hash == hash;
    });
    if (trusted == roots.end()) {
        return bad_certificate("root", "a trusted key", "key " + to_hex(hash));
    }
    const Signer kind = UCX_CRYPTO_TRY(chain.kind());
    UCX_CRYPTO_TRY(check_form(root, "root"));
    UCX_CRYPTO_TRY(check_form(intermediate, "intermediate"));
    UCX_CRYPTO_TRY(check_form(leaf, "leaf"));
    UCX_CRYPTO_TRY(check_names(chain, kind, trusted->product));
    UCX_CRYPTO_TRY(check_authority(root, "root"));
    UCX_CRYPTO_TRY(check_authority(intermediate, "intermediate"));
    Validity validity = UCX_CRYPTO_TRY(check_validity(root, now, "root"));
    validity.intersect(UCX_CRYPTO_TRY(check_validity(intermediate, now, "intermediate")));
    validity.intersect(UCX_CRYPTO_TRY(check_validity(leaf, now, "leaf")));
    UCX_CRYPTO_TRY(check_signature(root, root, "root"));
    UCX_CRYPTO_TRY(check_signature(intermediate, root, "intermediate"));
    UCX_CRYPTO_TRY(check_signature(leaf, intermediate, "leaf"));
    auto contents = UCX_CRYPTO_TRY(read_leaf(leaf, trusted->product, kind));
    return VerifiedLeaf{std::move(chain.leaf),           *trusted, kind, contents.tcb,
                        std::move(contents.hardware_id), validity};
}

Result<VerifiedLeaf> verify_chain(ByteView endorsements, const std::vector<Root>& roots,
                                  std::chrono::system_clock::time_point now) {
    return verify_chain(UCX_CRYPTO_TRY(CertificateChain::parse(endorsements)), roots, now);
}

}  // namespace ucx_crypto::attest::snp
