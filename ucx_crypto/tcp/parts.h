// The pieces of memory that one operation's data lies in.
#pragma once

#include <span>

#include "ucx_crypto/base/bytes.h"

namespace ucx_crypto::tcp {

inline constexpr size_t kMaxParts = 8;  ///< of one operation's data

/// The bytes [offset, offset + size) of the concatenated parts, without copying them. Returns how
/// many parts they are; `result` has room for as many as `parts` has.
size_t slice(std::span<const ByteView> parts, uint64_t offset, size_t size,
             std::span<ByteView> result);

}  // namespace ucx_crypto::tcp
