#include "ucx_crypto/aead/openssl_instructions.h"

#include <array>
#include <cstdint>
#include <cstdlib>

namespace ucx_crypto::aead {
namespace {

constexpr uint64_t bit(unsigned number) {
    return uint64_t{1} << number;
}

// The capability vector of OPENSSL_ia32cap(3): CPUID.1 EDX and ECX, then CPUID.7 EBX and ECX.
constexpr uint64_t kPclmulqdq = bit(32 + 1);
constexpr uint64_t kAesNi = bit(32 + 25);
constexpr uint64_t kAvx512 = bit(16) | bit(17) | bit(30) | bit(31);  // F, DQ, BW, VL
constexpr uint64_t kVaes = bit(32 + 9);
constexpr uint64_t kVpclmulqdq = bit(32 + 10);

}  // namespace

std::string openssl_instructions(std::string_view settings, bool uses_vaes) {
    constexpr std::string_view kName = "OPENSSL_ia32cap=";
    if (settings.substr(0, kName.size()) != kName) {
        return "";
    }
    const std::string words(settings.substr(kName.size()));
    std::array<uint64_t, 2> vector{};
    char* end = nullptr;
    vector[0] = std::strtoull(words.c_str(), &end, 16);
    if (*end == ':') {
        vector[1] = std::strtoull(end + 1, nullptr, 16);
    }
    if ((vector[0] & kAesNi) == 0) {
        return "no AES instructions";
    }
    if ((vector[0] & kPclmulqdq) == 0) {
        return "AES-NI";
    }
    constexpr uint64_t kWide = kAvx512 | kVaes | kVpclmulqdq;
    return uses_vaes && (vector[1] & kWide) == kWide ? "VAES, VPCLMULQDQ" : "AES-NI, PCLMULQDQ";
}

}  // namespace ucx_crypto::aead
