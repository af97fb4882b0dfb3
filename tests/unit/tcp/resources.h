// What this process uses of the machine, as the kernel and the allocator count it.
#pragma once

#include <cstddef>
#include <string>

namespace ucx_crypto::tcp {

size_t open_descriptors();
size_t threads();
/// Bytes on the heap: small and large allocations in use.
size_t heap_in_use();
/// A line of /proc/self/status that is counted in kB ("VmLck", "VmRSS"), in bytes.
size_t status_bytes(const std::string& name);

}  // namespace ucx_crypto::tcp
