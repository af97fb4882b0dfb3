#include "ucx_crypto/aead/algorithm.h"

#include <cctype>
#include <string>

namespace ucx_crypto::aead {

std::string_view to_string(Algorithm algorithm) {
    return algorithm == Algorithm::kAes128Gcm ? "AES-128-GCM" : "AES-256-GCM";
}

std::string_view setting_of(Algorithm algorithm) {
    return algorithm == Algorithm::kAes128Gcm ? "aes128" : "aes256";
}

Result<Algorithm> parse_algorithm(std::string_view name) {
    std::string lower;
    for (const char letter : name) {
        lower.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(letter))));
    }
    if (lower == "aes256" || lower == "aes-256-gcm") {
        return Algorithm::kAes256Gcm;
    }
    if (lower == "aes128" || lower == "aes-128-gcm") {
        return Algorithm::kAes128Gcm;
    }
    return Error(ErrorCode::kInvalidArgument,
                 "algorithm: expected aes256 or aes128, found \"" + std::string(name) + "\"");
}

}  // namespace ucx_crypto::aead
