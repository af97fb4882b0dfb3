// An attestation report, decoded for reading.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "ucx_crypto/attest/snp/report.h"
#include "ucx_crypto/attest/snp/tcb.h"

namespace ucx_crypto::cli {

/// Every field in the report's order, named as in AMD document 56860 (table "ATTESTATION_REPORT
/// Structure"); bit fields and TCB versions as objects with their raw value. How a TCB version is
/// divided depends on the product: without one it stays a number.
nlohmann::ordered_json report_fields(const attest::snp::Report& report,
                                     std::optional<attest::snp::Product> product);

/// "name: value" lines, members of objects indented.
std::string field_lines(const nlohmann::ordered_json& fields);

}  // namespace ucx_crypto::cli
