// What this process is to its peers: one identity for all contexts with the same settings.
#pragma once

#include "ucx_crypto/channel/secure_channel.h"

namespace ucx_crypto::uct {

/// The process's identity under `settings`, made when the first interface is opened (so that
/// ucx_info, which opens memory domains only, needs no key). Contexts with other settings have
/// another. An error has been logged when this returns one.
Result<std::shared_ptr<channel::Identity>> process_identity(const channel::Settings& settings);

/// One of the process's identities, or null before the first interface is opened. Any thread.
std::shared_ptr<channel::Identity> existing_identity();

/// Never reused in a process: an instance id names one interface.
uint32_t next_interface_counter();

}  // namespace ucx_crypto::uct
