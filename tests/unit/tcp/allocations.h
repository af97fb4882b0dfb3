// How often this process has allocated.
#pragma once

#include <cstddef>

namespace ucx_crypto::tcp {

/// Whether allocations() counts: not under a sanitizer, which has operators new of its own.
bool counts_allocations();
/// Calls of operator new so far.
size_t allocations();

}  // namespace ucx_crypto::tcp
