// A software SNP of this run, whose evidence has the format, the signatures and the chain of real
// evidence.
#pragma once

#include "ucx_crypto/attest/emulated_attester.h"
#include "ucx_crypto/channel/identity.h"

namespace ucx_crypto::micro {

/// Settings of a process on the platform, made in a temporary folder on first use.
Result<attest::Settings> platform();
/// Removes the folder, if there is one.
void remove_platform();

/// A process of its own, with a certificate and a report: in mode emulated, or off (domain key
/// only).
Result<std::shared_ptr<channel::Identity>> make_process(attest::Mode mode);

}  // namespace ucx_crypto::micro
