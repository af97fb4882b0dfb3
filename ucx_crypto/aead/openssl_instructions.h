// Which of the processor's instructions OpenSSL's AES-GCM has to work with.
#pragma once

#include <string>
#include <string_view>

namespace ucx_crypto::aead {

/// In words: "AES-NI, PCLMULQDQ", "no AES instructions", or nothing for a processor other than
/// x86-64.
///
/// `settings` is OPENSSL_info(OPENSSL_INFO_CPU_SETTINGS), "OPENSSL_ia32cap=0x...:0x...": what
/// OpenSSL sees of CPUID, less what the environment's OPENSSL_ia32cap hides (OPENSSL_ia32cap(3)).
/// `uses_vaes` says whether this OpenSSL has code for VAES with AVX-512.
std::string openssl_instructions(std::string_view settings, bool uses_vaes);

/// What AES-GCM wants, the processor has and OpenSSL may not use: "AES-NI", "PCLMULQDQ" or both;
/// empty as it should be. The environment's OPENSSL_ia32cap hides them. OpenSSL then falls back to
/// tables, whose use takes a time that depends on keys and data.
std::string hidden_instructions(std::string_view settings, bool has_aes, bool has_pclmulqdq);
/// The same of this process.
std::string hidden_instructions();

}  // namespace ucx_crypto::aead
