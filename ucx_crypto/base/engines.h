// Engines: OpenSSL's old way to put other code, often a device's, in the place of its own.
#pragma once

#include "ucx_crypto/base/result.h"

namespace ucx_crypto {

/// kInvalidArgument when the process has an engine as the default for anything that we use, or
/// another source of random bytes than OpenSSL's.
///
/// OpenSSL 3 asks both before the providers of any library context, also for fetched algorithms. An
/// OPENSSL_CONF makes an engine the default by `default_algorithms`; it would get our keys, perhaps
/// for a device outside the VM's encrypted memory.
Status check_engines();

}  // namespace ucx_crypto
