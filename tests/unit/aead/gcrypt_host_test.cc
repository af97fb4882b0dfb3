// libgcrypt's state belongs to the process: what a program does with it must work as ever after us.
#include <gcrypt.h>

#include "support.h"

namespace ucx_crypto::aead {

TEST_CASE("A program can still set up libgcrypt as it likes after our use of it") {
    const Provider* provider = gcrypt_provider();
    if (provider == nullptr) {
        SUCCEED("no libgcrypt for this processor");
        return;
    }
    REQUIRE(self_test(*provider).ok());
    // Nobody has ended its initialisation, and its pool of secure memory has yet to be made: a
    // program that finds one has lost the size it wants.
    CHECK(gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P) == 0);
    CHECK(gcry_control(GCRYCTL_INIT_SECMEM, 65536, 0) == 0);
    void* secure = gcry_malloc_secure(40000);
    CHECK(secure != nullptr);
    CHECK(gcry_is_secure(secure) == 1);
    gcry_free(secure);
    CHECK(gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0) == 0);
    CHECK(gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P) != 0);
    // And we go on.
    CHECK(self_test(*provider).ok());
}

}  // namespace ucx_crypto::aead
