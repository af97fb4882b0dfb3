// What OpenSSL's PEM readers ask for the passphrase of an encrypted block. Left to themselves they
// ask whoever sits at the terminal, in the midst of MPI_Init.
#pragma once

namespace ucx_crypto::attest::snp {

/// A pem_password_cb that has none: nothing that is public comes encrypted.
inline int no_passphrase(char*, int, int, void*) {
    return -1;
}

}  // namespace ucx_crypto::attest::snp
