#include "ucx_crypto/aead/openssl_instructions.h"

#include <openssl/crypto.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <optional>

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

using Capabilities = std::array<uint64_t, 2>;

/// Nothing for a processor other than x86-64.
std::optional<Capabilities> parse(std::string_view settings) {
    constexpr std::string_view kName = "OPENSSL_ia32cap=";
    if (settings.substr(0, kName.size()) != kName) {
        return std::nullopt;
    }
    const std::string words(settings.substr(kName.size()));
    Capabilities vector{};
    char* end = nullptr;
    vector[0] = std::strtoull(words.c_str(), &end, 16);
    if (*end == ':') {
        vector[1] = std::strtoull(end + 1, nullptr, 16);
    }
    return vector;
}

}  // namespace

std::string openssl_instructions(std::string_view settings, bool uses_vaes) {
    const auto vector = parse(settings);
    if (!vector) {
        return "";
    }
    if (((*vector)[0] & kAesNi) == 0) {
        return "no AES instructions";
    }
    if (((*vector)[0] & kPclmulqdq) == 0) {
        return "AES-NI";
    }
    constexpr uint64_t kWide = kAvx512 | kVaes | kVpclmulqdq;
    return uses_vaes && ((*vector)[1] & kWide) == kWide ? "VAES, VPCLMULQDQ" : "AES-NI, PCLMULQDQ";
}

std::string hidden_instructions(std::string_view settings, bool has_aes, bool has_pclmulqdq) {
    const auto vector = parse(settings);
    if (!vector) {
        return "";
    }
    const bool hides_aes = has_aes && ((*vector)[0] & kAesNi) == 0;
    const bool hides_pclmulqdq = has_pclmulqdq && ((*vector)[0] & kPclmulqdq) == 0;
    return std::string(hides_aes ? "AES-NI" : "") + (hides_aes && hides_pclmulqdq ? ", " : "") +
           (hides_pclmulqdq ? "PCLMULQDQ" : "");
}

std::string hidden_instructions() {
#if defined(__x86_64__)
    const char* settings = OPENSSL_info(OPENSSL_INFO_CPU_SETTINGS);
    return hidden_instructions(settings != nullptr ? settings : "",
                               __builtin_cpu_supports("aes") != 0,
                               __builtin_cpu_supports("pclmul") != 0);
#else
    return "";
#endif
}

}  // namespace ucx_crypto::aead
