// Trusted computing base versions and the product that says how their 64 bits are divided.
#pragma once

#include <optional>
#include <string_view>

#include "ucx_crypto/base/bytes.h"

namespace ucx_crypto::attest::snp {

enum class Product : uint8_t { kMilan, kGenoa, kTurin };
std::string_view to_string(Product product);
std::optional<Product> parse_product(std::string_view name);

/// The product of a processor's family and model (reports of version 3 and later).
std::optional<Product> product_of(uint8_t family, uint8_t model);

/// Security patch levels, as in a VCEK's extensions. Milan and Genoa have no FMC: always 0.
struct Tcb {
    uint8_t fmc = 0;
    uint8_t boot_loader = 0;
    uint8_t tee = 0;
    uint8_t snp = 0;
    uint8_t microcode = 0;

    /// A TCB_VERSION of a report (byte 0 is the least significant).
    static Tcb of(Product product, uint64_t version);
    uint64_t version(Product product) const;

    /// The level by the name that policies use; 0 for an unknown name.
    uint8_t level(std::string_view component) const;

    bool operator==(const Tcb&) const = default;
};

}  // namespace ucx_crypto::attest::snp
