#include "tests/unit/tcp/allocations.h"

#include <atomic>
#include <cstdlib>
#include <new>

#include "tests/support/sanitized.h"

namespace ucx_crypto::tcp {
namespace {

std::atomic<size_t> calls{0};

}  // namespace

size_t allocations() {
    return calls.load();
}

#if UCX_CRYPTO_SANITIZED

bool counts_allocations() {
    return false;
}

}  // namespace ucx_crypto::tcp

#else

bool counts_allocations() {
    return true;
}

}  // namespace ucx_crypto::tcp

// The other operators new end in these.
void* operator new(size_t size) {
    ++ucx_crypto::tcp::calls;
    void* memory = std::malloc(size != 0 ? size : 1);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    return memory;
}

void operator delete(void* memory) noexcept {
    std::free(memory);
}

void operator delete(void* memory, size_t) noexcept {
    std::free(memory);
}

#endif
