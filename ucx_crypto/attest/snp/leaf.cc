#include "ucx_crypto/attest/snp/leaf.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>

namespace ucx_crypto::attest::snp {
namespace {

/// The contents of AMD's extension 1.3.6.1.4.1.3704.1.`suffix`, which must be there exactly once.
Result<ByteView> extension(X509* leaf, const std::string& suffix) {
    const std::string name = "1.3.6.1.4.1.3704.1." + suffix;
    const std::unique_ptr<ASN1_OBJECT, decltype(&ASN1_OBJECT_free)> object(
        OBJ_txt2obj(name.c_str(), 1), ASN1_OBJECT_free);
    const int index = object ? X509_get_ext_by_OBJ(leaf, object.get(), -1) : -1;
    if (index < 0 || X509_get_ext_by_OBJ(leaf, object.get(), index) >= 0) {
        return bad_certificate("leaf", "extension " + name + " once",
                               index < 0 ? "none" : "several");
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
    return bad_certificate("leaf", "an integer from 0 to 255 in extension " + suffix,
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
        return bad_certificate("leaf", "product " + expected, to_hex(der).substr(0, 80));
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
        return bad_certificate("leaf", "a P-384 key", "another key");
    }
    if (X509_check_ca(leaf) != 0) {
        return bad_certificate("leaf", "one that may not sign certificates", "an authority");
    }
    return success();
}

}  // namespace

Result<LeafContents> read_leaf(X509* leaf, Product product, Signer kind) {
    UCX_CRYPTO_TRY(check_leaf_key(leaf));
    UCX_CRYPTO_TRY(check_product(leaf, product));
    LeafContents contents;
    contents.tcb = UCX_CRYPTO_TRY(leaf_tcb(leaf, product));
    if (kind == Signer::kVcek) {
        contents.hardware_id = to_bytes(UCX_CRYPTO_TRY(extension(leaf, "4")));
    } else {
        UCX_CRYPTO_TRY(extension(leaf, "5"));  // the cloud provider that the key belongs to
    }
    return contents;
}

}  // namespace ucx_crypto::attest::snp
