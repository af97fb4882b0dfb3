// A platform in software: a chain in AMD's format under a root of its own, and reports signed by
// its leaf. Every property can be made wrong, one at a time.
#pragma once

#include <string>
#include <vector>

#include "ucx_crypto/attest/snp/verifier.h"

/// Properties of the certificates; as built, a chain that is right.
struct ChainForm {
    ucx_crypto::attest::snp::Product product = ucx_crypto::attest::snp::Product::kMilan;
    ucx_crypto::attest::snp::Signer kind = ucx_crypto::attest::snp::Signer::kVcek;

    std::string root_name, intermediate_name, leaf_name;  ///< commonName
    std::string leaf_group = "P-384";
    bool rogue_root = false;      ///< the root's key is another one than root() names
    bool rogue_issuer = false;    ///< another key than the intermediate's signs the leaf
    bool issuer_may_sign = true;  ///< the intermediate's basicConstraints and key usage
    bool leaf_may_sign = false;   ///< the leaf's
    bool leaf_is_version_3 = true;
    bool leaf_asks_for_more = false;  ///< has a critical extension that nobody knows
    std::string digest = "SHA384";    ///< of the signatures
    std::string mask_digest = "SHA384";
    int salt_size = 48;
    bool pss = true;                             ///< else PKCS #1 v1.5
    std::string not_before = "20250101000000Z";  ///< of the leaf
    std::string not_after = "20320101000000Z";
    ucx_crypto::attest::snp::Tcb tcb{0, 4, 0, 24, 200};
    ucx_crypto::Bytes chip;

    struct Extension {
        std::string suffix;  ///< below 1.3.6.1.4.1.3704.1
        ucx_crypto::Bytes value;
    };
    std::vector<Extension> extensions;  ///< of the leaf

    explicit ChainForm(
        ucx_crypto::attest::snp::Product of = ucx_crypto::attest::snp::Product::kMilan,
        ucx_crypto::attest::snp::Signer signer = ucx_crypto::attest::snp::Signer::kVcek);

    void remove(const std::string& suffix);
    void repeat(const std::string& suffix);
    void replace(const std::string& suffix, ucx_crypto::Bytes value);
};

/// A revocation list; as built, a right one of the root that revokes nothing.
struct ListForm {
    bool by_root = true;     ///< else by the intermediate
    bool rogue_key = false;  ///< another key signs it
    bool altered = false;    ///< after it was signed
    bool critical = false;   ///< has a critical extension
    bool pem = false;
    std::string issuer_name;  ///< another one than by_root tells
    bool revokes = false;     ///< the certificate below: all have serial 0
    std::string issued = "20251215000000Z";
    std::string next = "20260115000000Z";
};

class SoftwareChain {
  public:
    explicit SoftwareChain(const ChainForm& form = ChainForm());

    /// What a verifier of this chain trusts.
    ucx_crypto::attest::snp::Root root() const;
    const ucx_crypto::Bytes& endorsements() const { return endorsements_; }

    ucx_crypto::Bytes revocation_list(const ListForm& list) const;

    /// A report that this chain's leaf may sign, of version 3 (Turin: 5).
    ucx_crypto::attest::snp::Report report() const;
    /// `report`, signed whatever it says.
    ucx_crypto::attest::Evidence sign(ucx_crypto::attest::snp::Report report) const;
    /// report(), signed.
    ucx_crypto::attest::Evidence evidence() const { return sign(report()); }

  private:
    ChainForm form_;
    ucx_crypto::Bytes endorsements_;
};

/// A time at which a SoftwareChain is valid: 2026-01-01.
inline const std::chrono::system_clock::time_point kSoftwareNow{std::chrono::seconds(1767225600)};
