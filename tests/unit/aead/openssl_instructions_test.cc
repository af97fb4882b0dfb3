#include "ucx_crypto/aead/openssl_instructions.h"

#include <catch2/catch.hpp>

#include "ucx_crypto/aead/provider.h"

namespace ucx_crypto::aead {

TEST_CASE("Instructions are those that OpenSSL sees and has code for") {
    // A Zen 4, whole and with CPUID bits hidden as OPENSSL_ia32cap(3) shows.
    const std::string whole = "OPENSSL_ia32cap=0x7efa320b178bfbff:0x405fd6f1bf07ab";
    CHECK(openssl_instructions(whole, true) == "VAES, VPCLMULQDQ");
    CHECK(openssl_instructions(whole, false) == "AES-NI, PCLMULQDQ");
    CHECK(openssl_instructions("OPENSSL_ia32cap=0x7efa320b178bfbff:0x0 env::0", true) ==
          "AES-NI, PCLMULQDQ");
    // VAES alone, without AVX-512.
    CHECK(openssl_instructions("OPENSSL_ia32cap=0x7efa320b178bfbff:0x60000000000", true) ==
          "AES-NI, PCLMULQDQ");
    CHECK(openssl_instructions("OPENSSL_ia32cap=0x7efa3209178bfbff:0x0", true) == "AES-NI");
    CHECK(openssl_instructions("OPENSSL_ia32cap=0x7cfa320b178bfbff:0x405fd6f1bf07ab", true) ==
          "no AES instructions");
    CHECK(openssl_instructions("OPENSSL_ia32cap=", true) == "no AES instructions");
    CHECK(openssl_instructions("OPENSSL_armcap=0x7d", true).empty());
    CHECK(openssl_instructions("", true).empty());
}

TEST_CASE("Instructions that the processor has and OpenSSL may not use are told") {
    const std::string whole = "OPENSSL_ia32cap=0x7efa320b178bfbff:0x405fd6f1bf07ab";
    const std::string without_aes = "OPENSSL_ia32cap=0x7cfa320b178bfbff:0x0";
    const std::string without_pclmulqdq = "OPENSSL_ia32cap=0x7efa3209178bfbff:0x0";
    const std::string without_both = "OPENSSL_ia32cap=0x0:0x0 env:0:0";
    CHECK(hidden_instructions(whole, true, true).empty());
    CHECK(hidden_instructions(without_aes, true, true) == "AES-NI");
    CHECK(hidden_instructions(without_pclmulqdq, true, true) == "PCLMULQDQ");
    CHECK(hidden_instructions(without_both, true, true) == "AES-NI, PCLMULQDQ");
    // What the processor lacks nobody hides.
    CHECK(hidden_instructions(without_both, false, true) == "PCLMULQDQ");
    CHECK(hidden_instructions(without_both, false, false).empty());
    CHECK(hidden_instructions("OPENSSL_armcap=0x7d", true, true).empty());
    CHECK(hidden_instructions().empty());
}

TEST_CASE("A provider says which library it is") {
    CHECK(openssl_provider().description().find("OpenSSL 3.") == 0);
}

}  // namespace ucx_crypto::aead
