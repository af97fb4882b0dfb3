// Tells a forked child from the process that negotiated the keys.
#pragma once

namespace ucx_crypto {

/// True in the process that first called it, false in every child forked afterwards.
///
/// A child has a copy of sequence numbers: sealing there would repeat nonces. One load of a page
/// marked MADV_WIPEONFORK (madvise(2)), cheap enough for every seal; getpid() would be a system
/// call.
bool in_original_process();

}  // namespace ucx_crypto
