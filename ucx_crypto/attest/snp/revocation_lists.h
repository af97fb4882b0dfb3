// Certificate revocation lists of an endorsement store: FOLDER/PRODUCT/crl/*.crl, DER or PEM.
//
// AMD's roots issue them (document 57230, "CRL"): they revoke ASKs and ASVKs. Lists by an ASK or
// ASVK, which revoke leaves, are used where there are any.
#pragma once

#include "ucx_crypto/attest/revocation_status.h"
#include "ucx_crypto/attest/snp/certificate_chain.h"

namespace ucx_crypto::attest::snp {

class RevocationLists {
  public:
    /// `store`: the endorsement store's folder; empty: there is none.
    explicit RevocationLists(std::string store) : store_(std::move(store)) {}

    /// What the lists of `product` say at `now` of a chain that has been verified. The files are
    /// read anew: a list may be replaced while processes run. Lists of other issuers are passed
    /// over. kExhausted where the process has no descriptor or memory left to read them, which
    /// says nothing of the chain. Usable from any thread.
    Result<RevocationStatus> examine(ByteView endorsements, Product product,
                                     std::chrono::system_clock::time_point now) const;

    /// Puts a list for the chains of `kind` into the store, in the place of the one before, if the
    /// root of `endorsements` has signed it (kAuthentication else). Returns the file.
    Result<std::string> add(ByteView list, ByteView endorsements, Product product,
                            Signer kind) const;

  private:
    std::string folder_of(Product product) const;

    std::string store_;
};

}  // namespace ucx_crypto::attest::snp
