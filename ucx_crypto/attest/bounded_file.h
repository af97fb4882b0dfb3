// Files that need no trust, because what they hold is verified: certificates, reports.
#pragma once

#include <string>

#include "ucx_crypto/base/bytes.h"
#include "ucx_crypto/base/result.h"

namespace ucx_crypto::attest {

/// The contents of a regular file (links are followed) of at most `limit` bytes. `what` names it in
/// messages. kNotFound, kPermission, kInvalidArgument (kind or size), kIo.
Result<Bytes> read_bounded_file(const std::string& path, const std::string& what, size_t limit);

/// Writes `contents` under a name of its own in the same folder and then renames it to `path`, so
/// that a reader sees the old file or the new one and nothing between.
Status replace_file(const std::string& path, ByteView contents);

}  // namespace ucx_crypto::attest
