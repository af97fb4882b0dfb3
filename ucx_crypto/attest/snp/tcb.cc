#include "ucx_crypto/attest/snp/tcb.h"

namespace ucx_crypto::attest::snp {
namespace {

uint8_t byte_of(uint64_t version, unsigned index) {
    return static_cast<uint8_t>(version >> (8 * index));
}

}  // namespace

std::string_view to_string(Product product) {
    switch (product) {
        case Product::kMilan:
            return "Milan";
        case Product::kGenoa:
            return "Genoa";
        case Product::kTurin:
            return "Turin";
    }
    return "unknown";
}

std::optional<Product> parse_product(std::string_view name) {
    for (const Product product : {Product::kMilan, Product::kGenoa, Product::kTurin}) {
        if (name == to_string(product)) {
            return product;
        }
    }
    return std::nullopt;
}

std::optional<Product> product_of(uint8_t family, uint8_t model) {
    if (family == 0x19 && model <= 0x0f) {
        return Product::kMilan;
    }
    if (family == 0x19 && ((model >= 0x10 && model <= 0x1f) || (model >= 0xa0 && model <= 0xaf))) {
        return Product::kGenoa;
    }
    if (family == 0x1a && model <= 0x11) {
        return Product::kTurin;
    }
    return std::nullopt;
}

Tcb Tcb::of(Product product, uint64_t version) {
    Tcb tcb;
    tcb.microcode = byte_of(version, 7);
    if (product == Product::kTurin) {
        tcb.fmc = byte_of(version, 0);
        tcb.boot_loader = byte_of(version, 1);
        tcb.tee = byte_of(version, 2);
        tcb.snp = byte_of(version, 3);
    } else {
        tcb.boot_loader = byte_of(version, 0);
        tcb.tee = byte_of(version, 1);
        tcb.snp = byte_of(version, 6);
    }
    return tcb;
}

uint64_t Tcb::version(Product product) const {
    const uint64_t high = uint64_t{microcode} << 56;
    if (product == Product::kTurin) {
        return high | uint64_t{snp} << 24 | uint64_t{tee} << 16 | uint64_t{boot_loader} << 8 | fmc;
    }
    return high | uint64_t{snp} << 48 | uint64_t{tee} << 8 | boot_loader;
}

uint8_t Tcb::level(std::string_view component) const {
    return component == "fmc"           ? fmc
           : component == "boot_loader" ? boot_loader
           : component == "tee"         ? tee
           : component == "snp"         ? snp
           : component == "microcode"   ? microcode
                                        : 0;
}

}  // namespace ucx_crypto::attest::snp
