// The certificate table that the host passes with an extended report (GHCB specification, AMD
// 56421, "SNP Extended Guest Request"): entries of GUID, offset and length, then the certificates.
#pragma once

#include "ucx_crypto/base/bytes.h"
#include "ucx_crypto/base/result.h"

namespace ucx_crypto::attest::snp {

/// DER certificates as the host gave them, unexamined; empty where it gave none.
struct HostCertificates {
    Bytes vcek;
    Bytes vlek;
    Bytes ask;  ///< ASK, or ASVK where the leaf is a VLEK
    Bytes ark;
};

/// Takes a table apart that may be anything, as it comes from the host. Nothing at all, or an end
/// as first entry, says that the host gives none. kProtocol for a table without an end, with more
/// entries than certificates exist, with certificates outside of it, over its entries or over each
/// other, empty or given twice. Certificates of unknown GUIDs are bounded as the others and left
/// out.
Result<HostCertificates> parse_certificate_table(ByteView table);

}  // namespace ucx_crypto::attest::snp
