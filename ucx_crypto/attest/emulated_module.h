// The interface of libucx_crypto_emulated.so: C, so that module and user share no C++ object.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ucx_crypto::attest {

inline constexpr uint32_t kEmulatedModuleVersion = 1;
inline constexpr char kEmulatedModuleSymbol[] = "ucx_crypto_emulated_module";

struct EmulatedModule {
    uint32_t version;
    /// Fills `report` (0x4A0 bytes) with one over `report_data` (64 bytes), signed by the private
    /// key (PKCS #8, DER) of the leaf in `endorsements`. 0, or -1 with a message in `error`.
    int (*make_report)(const uint8_t* key, size_t key_size, const uint8_t* endorsements,
                       size_t endorsements_size, const uint8_t* report_data, uint8_t* report,
                       char* error, size_t error_size);
};

}  // namespace ucx_crypto::attest
