#include <cctype>

#include "ucx_crypto/aead/selection.h"
#include "ucx_crypto/aead/vaes/vaes_provider.h"

namespace ucx_crypto::aead {
namespace {

const Provider* openssl() {
    return &openssl_provider();
}

constexpr std::array<Candidate, 5> kCandidates{{
    {Choice::kVaes, "vaes", "a processor with VAES, VPCLMULQDQ and AVX2", vaes_provider},
    {Choice::kIpsecMb, "ipsec-mb",
     "a build with libipsec-mb-dev and a processor with AES-NI and PCLMULQDQ", ipsec_mb_provider},
    {Choice::kOpenssl, "openssl", "nothing else", openssl},
    {Choice::kGcrypt, "gcrypt",
     "a build with libgcrypt20-dev and a processor with instructions for AES-GCM", gcrypt_provider},
    {Choice::kSodium, "sodium", "a processor with AES-NI and PCLMULQDQ", sodium_provider},
}};

}  // namespace

std::span<const Candidate> candidates() {
    return kCandidates;
}

Result<Choice> parse_choice(std::string_view name) {
    std::string lower;
    for (const char letter : name) {
        lower.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(letter))));
    }
    if (lower == "auto") {
        return Choice::kAuto;
    }
    std::string names = "auto";
    for (const Candidate& candidate : kCandidates) {
        if (lower == candidate.name) {
            return candidate.choice;
        }
        names.append(", ").append(candidate.name);
    }
    return Error(ErrorCode::kInvalidArgument, "UCX_CRYPTO_AEAD: expected one of " + names +
                                                  ", found \"" + std::string(name) + "\"");
}

#ifndef UCX_CRYPTO_HAS_IPSEC_MB
const Provider* ipsec_mb_provider() {
    return nullptr;
}
#endif

#ifndef UCX_CRYPTO_HAS_GCRYPT
const Provider* gcrypt_provider() {
    return nullptr;
}
#endif

}  // namespace ucx_crypto::aead
