#include "ucx_crypto/attest/snp/certificate_chain.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <sodium.h>

#include <algorithm>

#include "ucx_crypto/base/crypto_library.h"
#include "ucx_crypto/base/wire.h"

namespace ucx_crypto::attest::snp {
namespace {

constexpr size_t kMaxCertificateSize = 4096;
constexpr size_t kChainLength = 3;
constexpr int kRsaBits = 4096;
constexpr int kSaltSize = 48;

Error bad(std::string_view which, const std::string& expected, const std::string& found) {
    ERR_clear_error();  // OpenSSL's queue belongs to the thread, and so to the application too
    return {ErrorCode::kAuthentication,
            std::string(which) + " certificate: expected " + expected + ", found " + found};
}

Digest pin(std::string_view hex) {
    Digest digest{};
    sodium_hex2bin(digest.data(), digest.size(), hex.data(), hex.size(), nullptr, nullptr, nullptr);
    return digest;
}

std::string common_name(const X509_NAME* name) {
    const int index = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    if (index < 0 || X509_NAME_get_index_by_NID(name, NID_commonName, index) >= 0) {
        return "";
    }
    const ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index));
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
            static_cast<size_t>(ASN1_STRING_length(value))};
}

/// The signature over `certificate` by `issuer`, with parameters fixed here and not by the peer.
Status verify_signature(X509* certificate, X509* issuer, std::string_view which) {
    EVP_PKEY* key = X509_get0_pubkey(issuer);
    if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA ||
        EVP_PKEY_get_bits(key) != kRsaBits) {
        return bad(which, "an issuer with an RSA key of 4096 bits", "another key");
    }
    const ASN1_BIT_STRING* signature = nullptr;
    const X509_ALGOR* algorithm = nullptr;
    X509_get0_signature(&signature, &algorithm, certificate);
    if (OBJ_obj2nid(algorithm->algorithm) != NID_rsassaPss ||
        X509_ALGOR_cmp(algorithm, X509_get0_tbs_sigalg(certificate)) != 0) {
        return bad(which, "an RSASSA-PSS signature", "another algorithm");
    }
    uint8_t* signed_part = nullptr;
    const int size = i2d_re_X509_tbs(certificate, &signed_part);
    const std::unique_ptr<uint8_t, void (*)(uint8_t*)> owner(
        signed_part, [](uint8_t* memory) { OPENSSL_free(memory); });
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    OSSL_LIB_CTX* library = UCX_CRYPTO_TRY(crypto_library());
    EVP_PKEY_CTX* parameters = nullptr;  // owned by context
    const bool valid =
        size > 0 && context &&
        EVP_DigestVerifyInit_ex(context.get(), &parameters, "SHA384", library, nullptr, key,
                                nullptr) == 1 &&
        EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
        EVP_PKEY_CTX_set_rsa_mgf1_md_name(parameters, "SHA384", nullptr) == 1 &&
        EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, kSaltSize) == 1 &&
        EVP_DigestVerify(context.get(), signature->data, static_cast<size_t>(signature->length),
                         signed_part, static_cast<size_t>(size)) == 1;
    return valid ? success()
                 : Status(bad(which, "a PSS signature of its issuer with SHA-384 and salt 48",
                              "one that does not verify"));
}

Status check_validity(X509* certificate, std::chrono::system_clock::time_point now,
                      std::string_view which) {
    time_t time = std::chrono::system_clock::to_time_t(now);
    // X509_cmp_time: -1 earlier or equal, 1 later than `time`, 0 error.
    if (X509_cmp_time(X509_get0_notBefore(certificate), &time) >= 0) {
        return bad(which, "a start of validity before now", "a later one");
    }
    if (X509_cmp_time(X509_get0_notAfter(certificate), &time) <= 0) {
        return bad(which, "an end of validity after now", "an earlier one");
    }
    return success();
}

Status check_authority(X509* certificate, std::string_view which) {
    constexpr int kBasicConstraintsCa = 1;  // X509_check_ca: v3 with basicConstraints CA:TRUE
    const bool may_sign = (X509_get_extension_flags(certificate) & EXFLAG_KUSAGE) == 0 ||
                          (X509_get_key_usage(certificate) & KU_KEY_CERT_SIGN) != 0;
    if (X509_check_ca(certificate) != kBasicConstraintsCa || !may_sign) {
        return bad(which, "one that may sign certificates", "one that may not");
    }
    return success();
}

Status check_form(X509* certificate, std::string_view which) {
    const uint32_t flags = X509_get_extension_flags(certificate);
    if (X509_get_version(certificate) != X509_VERSION_3 || (flags & EXFLAG_INVALID) != 0 ||
        (flags & EXFLAG_CRITICAL) != 0) {
        return bad(which, "a version 3 certificate without unknown critical extensions",
                   "another one");
    }
    return success();
}

/// The contents of AMD's extension 1.3.6.1.4.1.3704.1.`suffix`, which must be there exactly once.
Result<ByteView> extension(X509* leaf, const std::string& suffix) {
    const std::string name = "1.3.6.1.4.1.3704.1." + suffix;
    const std::unique_ptr<ASN1_OBJECT, decltype(&ASN1_OBJECT_free)> object(
        OBJ_txt2obj(name.c_str(), 1), ASN1_OBJECT_free);
    const int index = object ? X509_get_ext_by_OBJ(leaf, object.get(), -1) : -1;
    if (index < 0 || X509_get_ext_by_OBJ(leaf, object.get(), index) >= 0) {
        return bad("leaf", "extension " + name + " once", index < 0 ? "none" : "several");
    }
    const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(X509_get_ext(leaf, index));
    return ByteView(ASN1_STRING_get0_data(value), static_cast<size_t>(ASN1_STRING_length(value)));
}

/// A DER INTEGER from 0 to 255.
Result<uint8_t> level(X509* leaf, const std::string& suffix) {
    const ByteView der = UCX_CRYPTO_TRY(extension(leaf, suffix));
    if (der.size() == 3 && der[0] == 2 && der[1] == 1 && der[2] < 0x80) {
        return der[2];
    }
    if (der.size() == 4 && der[0] == 2 && der[1] == 2 && der[2] == 0 && der[3] >= 0x80) {
        return der[3];
    }
    return bad("leaf", "an integer from 0 to 255 in extension " + suffix,
               to_hex(der).substr(0, 80));
}

Result<Tcb> leaf_tcb(X509* leaf, Product product) {
    Tcb tcb;
    tcb.boot_loader = UCX_CRYPTO_TRY(level(leaf, "3.1"));
    tcb.tee = UCX_CRYPTO_TRY(level(leaf, "3.2"));
    tcb.snp = UCX_CRYPTO_TRY(level(leaf, "3.3"));
    tcb.microcode = UCX_CRYPTO_TRY(level(leaf, "3.8"));
    if (product == Product::kTurin) {
        tcb.fmc = UCX_CRYPTO_TRY(level(leaf, "3.9"));
    }
    return tcb;
}

/// The leaf's IA5String names the product, with a stepping behind it or without.
Status check_product(X509* leaf, Product product) {
    const ByteView der = UCX_CRYPTO_TRY(extension(leaf, "2"));
    constexpr uint8_t kIa5String = 0x16;
    const std::string expected(to_string(product));
    const std::string_view name = der.size() > 2 && der[0] == kIa5String && der[1] == der.size() - 2
                                      ? as_text(der.subspan(2))
                                      : std::string_view();
    if (name.substr(0, expected.size()) != expected ||
        (name.size() > expected.size() && name[expected.size()] != '-')) {
        return bad("leaf", "product " + expected, to_hex(der).substr(0, 80));
    }
    return success();
}

Status check_leaf_key(X509* leaf) {
    EVP_PKEY* key = X509_get0_pubkey(leaf);
    char group[32] = "";
    size_t size = 0;
    if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_EC ||
        EVP_PKEY_get_group_name(key, group, sizeof group, &size) != 1 ||
        std::string_view(group) != "secp384r1") {
        return bad("leaf", "a P-384 key", "another key");
    }
    if (X509_check_ca(leaf) != 0) {
        return bad("leaf", "one that may not sign certificates", "an authority");
    }
    return success();
}

Result<Signer> check_names(X509* leaf, X509* intermediate, X509* root, Product product) {
    const std::string name(to_string(product));
    const std::string ask = common_name(X509_get_subject_name(intermediate));
    const std::string end = common_name(X509_get_subject_name(leaf));
    const Signer signer = ask == "SEV-VLEK-" + name ? Signer::kVlek : Signer::kVcek;
    if (common_name(X509_get_subject_name(root)) != "ARK-" + name) {
        return bad("root", "name ARK-" + name, "another");
    }
    if (signer == Signer::kVcek && ask != "SEV-" + name) {
        return bad("intermediate", "name SEV-" + name + " or SEV-VLEK-" + name, "another");
    }
    if (end != (signer == Signer::kVcek ? "SEV-VCEK" : "SEV-VLEK")) {
        return bad("leaf", "the name of its issuer's kind of key", "another");
    }
    X509* const issuers[] = {intermediate, root, root};
    X509* const subjects[] = {leaf, intermediate, root};
    for (size_t i = 0; i < kChainLength; ++i) {
        if (X509_NAME_cmp(X509_get_issuer_name(subjects[i]), X509_get_subject_name(issuers[i])) !=
            0) {
            return bad("each", "the next one's name as issuer", "another");
        }
    }
    return signer;
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

Result<Digest> spki_hash(const X509* certificate) {
    uint8_t* der = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    if (size <= 0) {
        return bad("a", "an encodable public key", "none");
    }
    Digest digest{};
    crypto_hash_sha256(digest.data(), der, static_cast<size_t>(size));
    OPENSSL_free(der);
    return digest;
}

Result<Certificate> parse_certificate(ByteView der) {
    OSSL_LIB_CTX* library = UCX_CRYPTO_TRY(crypto_library());
    // d2i_X509 decodes the key in the library context of the certificate that it fills. On an error
    // it may have freed that one, and then leaves nullptr.
    X509* raw = X509_new_ex(library, nullptr);
    const uint8_t* position = der.data();
    const bool decoded =
        raw != nullptr && d2i_X509(&raw, &position, static_cast<long>(der.size())) != nullptr;
    Certificate certificate(raw);
    if (!decoded || position != der.data() + der.size()) {
        return bad("each", "exactly one DER certificate", "other bytes");
    }
    return certificate;
}

Bytes encode_endorsements(const std::vector<Bytes>& certificates) {
    Bytes out{static_cast<uint8_t>(certificates.size())};
    for (const Bytes& der : certificates) {
        out.push_back(static_cast<uint8_t>(der.size() >> 8));
        out.push_back(static_cast<uint8_t>(der.size()));
        out.insert(out.end(), der.begin(), der.end());
    }
    return out;
}

Result<std::vector<ByteView>> decode_endorsements(ByteView bytes) {
    WireReader reader(bytes.first(std::min(bytes.size(), kMaxEndorsementsSize + 1)));
    const size_t count = reader.u8();
    if (count != kChainLength) {
        return Error(ErrorCode::kAuthentication,
                     "endorsements: expected 3 certificates, found " + std::to_string(count));
    }
    std::vector<ByteView> certificates(count);
    for (ByteView& der : certificates) {
        der = reader.field16(kMaxCertificateSize);
    }
    const Status finished = reader.finish("endorsements");
    if (!finished.ok()) {
        return Error(ErrorCode::kAuthentication, finished.error().message());
    }
    return certificates;
}

Result<VerifiedLeaf> verify_chain(ByteView endorsements, const std::vector<Root>& roots,
                                  std::chrono::system_clock::time_point now) {
    const auto list = UCX_CRYPTO_TRY(decode_endorsements(endorsements));
    const Certificate root = UCX_CRYPTO_TRY(parse_certificate(list[2]));
    const Digest hash = UCX_CRYPTO_TRY(spki_hash(root.get()));
    const auto trusted = std::find_if(roots.begin(), roots.end(), [&hash](const Root& candidate) {
        return candidate.spki_hash == hash;
    });
    if (trusted == roots.end()) {
        return bad("root", "a trusted key", "key " + to_hex(hash));
    }
    const Certificate intermediate = UCX_CRYPTO_TRY(parse_certificate(list[1]));
    VerifiedLeaf leaf {
        UCX_CRYPTO_TRY(parse_certificate(list[0]))
        , *trusted, {}, {}, {}
    };
    X509* const end = leaf.certificate.get();

    UCX_CRYPTO_TRY(check_form(root.get(), "root"));
    UCX_CRYPTO_TRY(check_form(intermediate.get(), "intermediate"));
    UCX_CRYPTO_TRY(check_form(end, "leaf"));
    leaf.signer =
        UCX_CRYPTO_TRY(check_names(end, intermediate.get(), root.get(), trusted->product));
    UCX_CRYPTO_TRY(check_authority(root.get(), "root"));
    UCX_CRYPTO_TRY(check_authority(intermediate.get(), "intermediate"));
    UCX_CRYPTO_TRY(check_validity(root.get(), now, "root"));
    UCX_CRYPTO_TRY(check_validity(intermediate.get(), now, "intermediate"));
    UCX_CRYPTO_TRY(check_validity(end, now, "leaf"));
    UCX_CRYPTO_TRY(verify_signature(root.get(), root.get(), "root"));
    UCX_CRYPTO_TRY(verify_signature(intermediate.get(), root.get(), "intermediate"));
    UCX_CRYPTO_TRY(verify_signature(end, intermediate.get(), "leaf"));
    UCX_CRYPTO_TRY(check_leaf_key(end));
    UCX_CRYPTO_TRY(check_product(end, trusted->product));
    leaf.tcb = UCX_CRYPTO_TRY(leaf_tcb(end, trusted->product));
    if (leaf.signer == Signer::kVcek) {
        leaf.hardware_id = to_bytes(UCX_CRYPTO_TRY(extension(end, "4")));
    }
    return leaf;
}

}  // namespace ucx_crypto::attest::snp
