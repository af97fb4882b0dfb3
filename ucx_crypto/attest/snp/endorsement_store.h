// A folder of certificates per chip and TCB. Filled by `ucx-crypto endorsements`; a process that
// reads it never opens a connection.
//
//     FOLDER/PRODUCT/chain/*.der                   ASK, ASVK, ARK
//     FOLDER/PRODUCT/vcek/CHIP-TCB.der             chip id (64 bytes) and reported TCB, hexadecimal
//     FOLDER/PRODUCT/vlek/TCB.der
#pragma once

#include <string>

#include "ucx_crypto/attest/snp/report.h"
#include "ucx_crypto/attest/snp/tcb.h"

namespace ucx_crypto::attest::snp {

/// Where `ucx-crypto endorsements` puts certificates and processes look for them.
inline constexpr char kDefaultStore[] = "/var/lib/ucx-crypto/endorsements";

class EndorsementStore {
  public:
    explicit EndorsementStore(std::string folder) : folder_(std::move(folder)) {}

    /// Endorsements (wire form) for the key that signed `report`, of its product, or of any for a
    /// report that does not tell it. kNotFound, with what to run, when the store has none.
    Result<Bytes> find(const Report& report) const;

    /// Stores certificates as found for `report`: leaf, intermediate and root in wire form. The
    /// caller has verified them. Makes folders (0755) and files (0644).
    Status add(const Report& report, Product product, ByteView endorsements) const;

    /// The folder with the issuers of `product`.
    std::string chain_folder(Product product) const;
    /// The file of the leaf that signed `report`.
    std::string leaf_file(const Report& report, Product product) const;

  private:
    std::string folder_;
};

}  // namespace ucx_crypto::attest::snp
