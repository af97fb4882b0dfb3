// Reading the small files that security depends on.
#pragma once

#include <string>

#include "ucx_crypto/base/result.h"
#include "ucx_crypto/base/secret.h"

namespace ucx_crypto::attest {

enum class Access : uint8_t {
    kOwnerOnly,      ///< a key: no bit for group or others
    kOthersMayRead,  ///< a policy: no write bit for group or others
};

/// The whole file, at most `limit` bytes. It must be a regular file, no symbolic link, owned by
/// this user or root, with no more permissions than `access` allows, else kPermission with the
/// mend. The check and the reading are of the same open file.
Result<SecretBytes> read_protected_file(const std::string& path, Access access, size_t limit);

}  // namespace ucx_crypto::attest
