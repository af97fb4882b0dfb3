// The leaf of a chain, VCEK or VLEK, and what AMD's extensions (1.3.6.1.4.1.3704.1.*) say in it.
// VCEK: document 57230, table 8 and 9; VLEK: the same, section 3.2.
#pragma once

#include "ucx_crypto/attest/snp/certificate.h"
#include "ucx_crypto/attest/snp/report.h"
#include "ucx_crypto/attest/snp/tcb.h"

namespace ucx_crypto::attest::snp {

struct LeafContents {
    Tcb tcb;            ///< security patch levels for which the key was derived
    Bytes hardware_id;  ///< of the chip (64 bytes, Turin 8); empty for a VLEK
};

/// Reads a leaf of `product`: a P-384 key that may not sign certificates, the product's name, and
/// each extension exactly once. kAuthentication otherwise.
Result<LeafContents> read_leaf(X509* leaf, Product product, Signer kind);

}  // namespace ucx_crypto::attest::snp
