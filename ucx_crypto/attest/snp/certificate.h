// One X.509 certificate of AMD's chain: parsing, and the properties that all of them share.
// Formats: AMD "Versioned Chip Endorsement Key (VCEK) Certificate and KDS Interface Specification",
// document 57230, chapter 3. X.509 and RSA are OpenSSL's work.
#pragma once

#include <openssl/x509.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>

#include "ucx_crypto/attest/attestation.h"

namespace ucx_crypto::attest::snp {

struct X509Deleter {
    void operator()(X509* certificate) const { X509_free(certificate); }
};
using Certificate = std::unique_ptr<X509, X509Deleter>;

/// AMD's are about 1.7 KiB; what comes from a peer or host is bounded by this.
inline constexpr size_t kMaxCertificateSize = 4096;

/// kAuthentication, "WHICH certificate: expected ..., found ...". Leaves nothing in OpenSSL's error
/// queue, which belongs to the thread and so to the application.
Error bad_certificate(std::string_view which, const std::string& expected,
                      const std::string& found);

/// When a certificate, or each of several, may be believed: strictly between the two.
struct Validity {
    std::chrono::system_clock::time_point start = std::chrono::system_clock::time_point::min();
    std::chrono::system_clock::time_point end = std::chrono::system_clock::time_point::max();

    bool contains(std::chrono::system_clock::time_point now) const {
        return start < now && now < end;
    }
    /// Leaves what lies in both.
    void intersect(const Validity& other) {
        start = std::max(start, other.start);
        end = std::min(end, other.end);
    }
};

/// Exactly one DER certificate without trailing bytes (kAuthentication otherwise).
Result<Certificate> parse_certificate(ByteView der);

/// SHA-256 of the certificate's SubjectPublicKeyInfo.
Result<Digest> spki_hash(const X509* certificate);

/// The only commonName of `name`; empty when there is none or more than one.
std::string common_name(const X509_NAME* name);

/// A date in UTC; beyond what the clock can hold (1677 to 2262) the nearest that it can.
std::chrono::system_clock::time_point utc_time(tm utc);

/// Version 3, readable extensions, no unknown critical ones.
Status check_form(X509* certificate, std::string_view which);
/// basicConstraints CA:TRUE, and keyCertSign where key usage is stated.
Status check_authority(X509* certificate, std::string_view which);
/// notBefore < now < notAfter, which are returned.
Result<Validity> check_validity(X509* certificate, std::chrono::system_clock::time_point now,
                                std::string_view which);
/// RSASSA-PSS with SHA-384, MGF1 with SHA-384 and a salt of 48 bytes by an RSA key of 4096 bits:
/// fixed here, whatever the certificate names.
Status check_signature(X509* certificate, X509* issuer, std::string_view which);
/// The same, of anything that such a key has signed.
Status check_pss_signature(ByteView signed_part, const ASN1_BIT_STRING& signature,
                           const X509_ALGOR& algorithm, X509* issuer, std::string_view which);

}  // namespace ucx_crypto::attest::snp
