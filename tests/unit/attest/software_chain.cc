#include "tests/unit/attest/software_chain.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <map>

using namespace ucx_crypto;
using namespace ucx_crypto::attest;
using namespace ucx_crypto::attest::snp;

namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Extension = ChainForm::Extension;

OSSL_LIB_CTX* library() {
    static OSSL_LIB_CTX* const context = OSSL_LIB_CTX_new();
    return context;
}

/// Four primes are found many times faster than two; verifiers see no difference.
Key make_rsa() {
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
        EVP_PKEY_CTX_new_from_name(library(), "RSA", nullptr), EVP_PKEY_CTX_free);
    EVP_PKEY* key = nullptr;
    REQUIRE(context);
    REQUIRE(EVP_PKEY_keygen_init(context.get()) == 1);
    REQUIRE(EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), 4096) == 1);
    REQUIRE(EVP_PKEY_CTX_set_rsa_keygen_primes(context.get(), 4) == 1);
    REQUIRE(EVP_PKEY_keygen(context.get(), &key) == 1);
    return {key, EVP_PKEY_free};
}

/// The test key of this name. Each case is a process and finding the keys would be most of its
/// time: the first one leaves them beside the program, for the others.
Key kept_rsa(const std::string& name) {
    using File = std::unique_ptr<FILE, decltype(&std::fclose)>;
    const auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
    const std::string path = folder / ("software_chain_" + name + ".pem");
    if (const File file(std::fopen(path.c_str(), "r"), std::fclose); file) {
        Key kept(PEM_read_PrivateKey_ex(file.get(), nullptr, nullptr, nullptr, library(), nullptr),
                 EVP_PKEY_free);
        REQUIRE(kept);
        return kept;
    }
    Key made = make_rsa();
    const std::string unfinished = path + "." + std::to_string(getpid());
    {
        const File file(std::fopen(unfinished.c_str(), "w"), std::fclose);
        if (!file) {
            return made;  // a program that somebody else has built
        }
        REQUIRE(PEM_write_PrivateKey_ex(file.get(), made.get(), nullptr, nullptr, 0, nullptr,
                                        nullptr, library(), nullptr) == 1);
    }
    REQUIRE(std::rename(unfinished.c_str(), path.c_str()) == 0);
    return made;
}

EVP_PKEY* root_key() {
    static const Key key = kept_rsa("root");
    return key.get();
}

EVP_PKEY* intermediate_key() {
    static const Key key = kept_rsa("intermediate");
    return key.get();
}

EVP_PKEY* rogue_key() {
    static const Key key = kept_rsa("rogue");
    return key.get();
}

EVP_PKEY* leaf_key(const std::string& group) {
    static std::map<std::string, Key> keys;
    auto found = keys.find(group);
    if (found == keys.end()) {
        EVP_PKEY* made = group == "RSA"
                             ? EVP_PKEY_Q_keygen(library(), nullptr, "RSA", size_t{2048})
                             : EVP_PKEY_Q_keygen(library(), nullptr, "EC", group.c_str());
        REQUIRE(made != nullptr);
        found = keys.emplace(group, Key(made, EVP_PKEY_free)).first;
    }
    return found->second.get();
}

void set_name(X509_NAME* name, const std::string& common_name) {
    REQUIRE(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                       reinterpret_cast<const uint8_t*>(common_name.data()),
                                       static_cast<int>(common_name.size()), -1, 0) == 1);
}

void add_standard(X509* certificate, int nid, const char* value) {
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, nid, value), X509_EXTENSION_free);
    REQUIRE(extension);
    REQUIRE(X509_add_ext(certificate, extension.get(), -1) == 1);
}

void add_amd(X509* certificate, const Extension& extension) {
    const std::unique_ptr<ASN1_OBJECT, decltype(&ASN1_OBJECT_free)> object(
        OBJ_txt2obj(("1.3.6.1.4.1.3704.1." + extension.suffix).c_str(), 1), ASN1_OBJECT_free);
    const std::unique_ptr<ASN1_OCTET_STRING, decltype(&ASN1_OCTET_STRING_free)> contents(
        ASN1_OCTET_STRING_new(), ASN1_OCTET_STRING_free);
    REQUIRE(ASN1_OCTET_STRING_set(contents.get(), extension.value.data(),
                                  static_cast<int>(extension.value.size())) == 1);
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> made(
        X509_EXTENSION_create_by_OBJ(nullptr, object.get(), 0, contents.get()),
        X509_EXTENSION_free);
    REQUIRE(X509_add_ext(certificate, made.get(), -1) == 1);
}

void sign_certificate(X509* certificate, EVP_PKEY* key, const ChainForm& form) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    EVP_PKEY_CTX* parameters = nullptr;
    REQUIRE(EVP_DigestSignInit_ex(context.get(), &parameters, form.digest.c_str(), library(),
                                  nullptr, key, nullptr) == 1);
    if (form.pss) {
        REQUIRE(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1);
        REQUIRE(EVP_PKEY_CTX_set_rsa_mgf1_md_name(parameters, form.mask_digest.c_str(), nullptr) ==
                1);
        REQUIRE(EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, form.salt_size) == 1);
    }
    REQUIRE(X509_sign_ctx(certificate, context.get()) > 0);
}

struct Naming {
    std::string subject, issuer;
};

Certificate start_certificate(const Naming& naming, EVP_PKEY* key, const std::string& not_before,
                              const std::string& not_after) {
    Certificate certificate(X509_new_ex(library(), nullptr));
    X509* const raw = certificate.get();
    REQUIRE(X509_set_version(raw, X509_VERSION_3) == 1);
    REQUIRE(ASN1_INTEGER_set(X509_get_serialNumber(raw), 0) == 1);
    REQUIRE(ASN1_TIME_set_string(X509_getm_notBefore(raw), not_before.c_str()) == 1);
    REQUIRE(ASN1_TIME_set_string(X509_getm_notAfter(raw), not_after.c_str()) == 1);
    set_name(X509_get_subject_name(raw), naming.subject);
    set_name(X509_get_issuer_name(raw), naming.issuer);
    REQUIRE(X509_set_pubkey(raw, key) == 1);
    return certificate;
}

void add_authority(X509* certificate, bool may_sign) {
    add_standard(certificate, NID_basic_constraints,
                 may_sign ? "critical,CA:TRUE" : "critical,CA:FALSE");
    add_standard(certificate, NID_key_usage,
                 may_sign ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
}

Bytes der_of(X509* certificate) {
    uint8_t* der = nullptr;
    const int size = i2d_X509(certificate, &der);
    REQUIRE(size > 0);
    Bytes bytes(der, der + size);
    OPENSSL_free(der);
    return bytes;
}

Bytes authority(const Naming& naming, EVP_PKEY* key, EVP_PKEY* issuer_key, bool may_sign,
                const ChainForm& form) {
    const Certificate certificate =
        start_certificate(naming, key, "20200101000000Z", "20450101000000Z");
    add_authority(certificate.get(), may_sign);
    sign_certificate(certificate.get(), issuer_key, form);
    return der_of(certificate.get());
}

Bytes leaf(const ChainForm& form, EVP_PKEY* issuer_key) {
    const Certificate certificate =
        start_certificate({form.leaf_name, form.intermediate_name}, leaf_key(form.leaf_group),
                          form.not_before, form.not_after);
    if (form.leaf_may_sign) {
        add_authority(certificate.get(), true);
    }
    for (const Extension& extension : form.extensions) {
        add_amd(certificate.get(), extension);
    }
    if (form.leaf_asks_for_more) {
        add_amd(certificate.get(), {"99", {5, 0}});
        X509_EXTENSION_set_critical(
            X509_get_ext(certificate.get(), X509_get_ext_count(certificate.get()) - 1), 1);
    }
    if (!form.leaf_is_version_3) {
        REQUIRE(X509_set_version(certificate.get(), X509_VERSION_1) == 1);
    }
    sign_certificate(certificate.get(), issuer_key, form);
    return der_of(certificate.get());
}

Bytes integer(uint8_t value) {
    return value < 0x80 ? Bytes{2, 1, value} : Bytes{2, 2, 0, value};
}

Bytes ia5_string(std::string_view text) {
    Bytes der(2 + text.size(), 0x16);
    der[1] = static_cast<uint8_t>(text.size());
    std::copy(text.begin(), text.end(), der.begin() + 2);
    return der;
}

}  // namespace

ChainForm::ChainForm(Product of, Signer signer) : product(of), kind(signer) {
    const std::string name(to_string(product));
    const bool vcek = kind == Signer::kVcek;
    root_name = "ARK-" + name;
    intermediate_name = (vcek ? "SEV-" : "SEV-VLEK-") + name;
    leaf_name = vcek ? "SEV-VCEK" : "SEV-VLEK";
    chip = Bytes(product == Product::kTurin ? 8 : 64, 0xc1);
    extensions = {{"1", integer(0)},
                  {"2", ia5_string(product == Product::kMilan ? "Milan-B0" : name)},
                  {"3.1", integer(tcb.boot_loader)},
                  {"3.2", integer(tcb.tee)},
                  {"3.3", integer(tcb.snp)},
                  {"3.8", integer(tcb.microcode)}};
    if (product == Product::kTurin) {
        tcb.fmc = 1;
        extensions.push_back({"3.9", integer(tcb.fmc)});
    }
    extensions.push_back(vcek ? Extension{"4", chip} : Extension{"5", ia5_string("a provider")});
}

void ChainForm::remove(const std::string& suffix) {
    std::erase_if(extensions, [&suffix](const Extension& each) { return each.suffix == suffix; });
}

void ChainForm::repeat(const std::string& suffix) {
    for (const Extension& each : std::vector<Extension>(extensions)) {
        if (each.suffix == suffix) {
            extensions.push_back(each);
        }
    }
}

void ChainForm::replace(const std::string& suffix, Bytes value) {
    remove(suffix);
    extensions.push_back({suffix, std::move(value)});
}

SoftwareChain::SoftwareChain(const ChainForm& form) : form_(form) {
    EVP_PKEY* const ark = form.rogue_root ? rogue_key() : root_key();
    endorsements_ =
        encode_endorsements({leaf(form, form.rogue_issuer ? rogue_key() : intermediate_key()),
                             authority({form.intermediate_name, form.root_name}, intermediate_key(),
                                       ark, form.issuer_may_sign, form),
                             authority({form.root_name, form.root_name}, ark, ark, true, form)});
}

Root SoftwareChain::root() const {
    const Certificate certificate =
        start_certificate({"any", "any"}, root_key(), "20200101000000Z", "20450101000000Z");
    return {form_.product, spki_hash(certificate.get()).value(), true};
}

Bytes SoftwareChain::revocation_list(const ListForm& list) const {
    const std::unique_ptr<X509_CRL, decltype(&X509_CRL_free)> made(
        X509_CRL_new_ex(library(), nullptr), X509_CRL_free);
    X509_CRL* const crl = made.get();
    const std::unique_ptr<X509_NAME, decltype(&X509_NAME_free)> name(X509_NAME_new(),
                                                                     X509_NAME_free);
    set_name(name.get(), !list.issuer_name.empty() ? list.issuer_name
                         : list.by_root            ? form_.root_name
                                                   : form_.intermediate_name);
    const std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> time(ASN1_TIME_new(),
                                                                     ASN1_TIME_free);
    REQUIRE(X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1);
    REQUIRE(X509_CRL_set_issuer_name(crl, name.get()) == 1);
    REQUIRE(ASN1_TIME_set_string(time.get(), list.issued.c_str()) == 1);
    REQUIRE(X509_CRL_set1_lastUpdate(crl, time.get()) == 1);
    if (!list.next.empty()) {
        REQUIRE(ASN1_TIME_set_string(time.get(), list.next.c_str()) == 1);
        REQUIRE(X509_CRL_set1_nextUpdate(crl, time.get()) == 1);
    }
    const std::unique_ptr<ASN1_INTEGER, decltype(&ASN1_INTEGER_free)> serial(ASN1_INTEGER_new(),
                                                                             ASN1_INTEGER_free);
    REQUIRE(ASN1_INTEGER_set(serial.get(), list.revokes ? 0 : 4711) == 1);
    X509_REVOKED* const entry = X509_REVOKED_new();
    REQUIRE(X509_REVOKED_set_serialNumber(entry, serial.get()) == 1);
    REQUIRE(X509_REVOKED_set_revocationDate(entry, time.get()) == 1);
    REQUIRE(X509_CRL_add0_revoked(crl, entry) == 1);
    if (list.critical) {
        REQUIRE(X509_CRL_add1_ext_i2d(crl, NID_crl_number, serial.get(), 1, 0) == 1);
    }
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    EVP_PKEY_CTX* parameters = nullptr;
    EVP_PKEY* const key = list.rogue_key ? rogue_key()
                          : list.by_root ? root_key()
                                         : intermediate_key();
    REQUIRE(EVP_DigestSignInit_ex(context.get(), &parameters, "SHA384", library(), nullptr, key,
                                  nullptr) == 1);
    REQUIRE(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1);
    REQUIRE(EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, 48) == 1);
    REQUIRE(X509_CRL_sign_ctx(crl, context.get()) > 0);
    uint8_t* der = nullptr;
    const int size = i2d_X509_CRL(crl, &der);
    REQUIRE(size > 0);
    Bytes bytes(der, der + size);
    OPENSSL_free(der);
    if (list.altered) {
        bytes.back() ^= 1;
    }
    if (!list.pem) {
        return bytes;
    }
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    REQUIRE(PEM_write_bio_X509_CRL(out.get(), crl) == 1);
    char* text = nullptr;
    const long text_size = BIO_get_mem_data(out.get(), &text);
    return {text, text + text_size};
}

Report SoftwareChain::report() const {
    Report report;
    report.version = form_.product == Product::kTurin ? 5 : 3;
    report.cpu_family = form_.product == Product::kTurin ? 0x1a : 0x19;
    report.cpu_model = form_.product == Product::kGenoa ? 0x11 : 0x01;
    report.policy = kPolicyAlwaysOne | kPolicySmt;
    report.key_info = static_cast<uint32_t>(form_.kind) << 2;
    report.current_tcb = report.committed_tcb = report.reported_tcb = report.launch_tcb =
        form_.tcb.version(form_.product);
    std::copy(form_.chip.begin(), form_.chip.end(), report.chip_id.begin());
    report.measurement.fill(0x3e);
    report.report_data.fill(0xda);
    return report;
}

Evidence SoftwareChain::sign(Report report) const {
    const auto bytes = report.encode();
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    uint8_t der[512];
    size_t size = sizeof der;
    EVP_PKEY* const key = leaf_key("P-384");
    REQUIRE(EVP_DigestSignInit_ex(context.get(), nullptr, "SHA384", library(), nullptr, key,
                                  nullptr) == 1);
    REQUIRE(EVP_DigestSign(context.get(), der, &size, bytes.data(), kSignedSize) == 1);
    const uint8_t* position = der;
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> signature(
        d2i_ECDSA_SIG(nullptr, &position, static_cast<long>(size)), ECDSA_SIG_free);
    REQUIRE(signature);
    REQUIRE(BN_bn2lebinpad(ECDSA_SIG_get0_r(signature.get()), report.r.data(), kScalarSize) > 0);
    REQUIRE(BN_bn2lebinpad(ECDSA_SIG_get0_s(signature.get()), report.s.data(), kScalarSize) > 0);
    return {to_bytes(report.encode()), endorsements_};
}
