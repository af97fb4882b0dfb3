// Files whose owner and mode decide whether they may be believed: keys, policies, emulated roots.
#pragma once

#include "ucx_crypto/base/result.h"
#include "ucx_crypto/base/secret.h"

namespace ucx_crypto::attest {

enum class FileKind : uint8_t {
    kSecret,  ///< no permission at all for group and others
    kPublic,  ///< readable by anybody, not writable by group and others
};

/// The contents of `path`, which must be a regular file (never a symbolic link) of at most `limit`
/// bytes, owned by this user or root, with the mode that `kind` asks for. Owner and mode are those
/// of the opened file, so it cannot be exchanged in between. `what` names it in messages.
///
/// kNotFound: there is none; kPermission: owner, mode or link; kInvalidArgument: too large.
Result<SecretBytes> read_protected_file(const std::string& path, std::string_view what,
                                        FileKind kind, size_t limit);

}  // namespace ucx_crypto::attest
