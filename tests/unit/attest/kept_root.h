// A root of a software SNP for a case that does not care which.
#pragma once

#include <string>

#include "ucx_crypto/attest/emulated_root.h"

/// As create_root() makes it, copied to `directory`, which does not exist yet. Each case is a
/// process and finding RSA keys would be most of its time: the first one leaves a root beside the
/// program, for the others.
ucx_crypto::attest::emulated::InitResult kept_root(const std::string& directory);
