// OpenSSL in a library context of our own, which all of the house uses.
//
// The process's default context takes its providers and properties from OPENSSL_CONF, and any
// library of the process may change it; this one has the default provider, loaded explicitly, and
// no configuration.
#pragma once

#include <openssl/types.h>

#include <string>

#include "ucx_crypto/base/result.h"

namespace ucx_crypto {

/// The library context, made on first use and kept for the life of the process. Any thread.
/// An error when check_engines() objects: ask for it before each use, do not keep it. Of keys and
/// their encodings it has what certificates need (lean_provider.h).
Result<OSSL_LIB_CTX*> crypto_library();

/// The same with every key type and encoding of OpenSSL, for reading private keys from files.
Result<OSSL_LIB_CTX*> whole_crypto_library();

/// The oldest entry of this thread's OpenSSL error queue in words, and an empty queue afterwards.
std::string take_openssl_error();

}  // namespace ucx_crypto
