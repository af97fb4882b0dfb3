#include "ucx_crypto/base/fork_sentinel.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

#include "ucx_crypto/base/log.h"

namespace ucx_crypto {
namespace {

const volatile unsigned char* make_sentinel() {
    const auto size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    void* page = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED || madvise(page, size, MADV_WIPEONFORK) != 0) {
        UCX_CRYPTO_ERROR("MADV_WIPEONFORK is not available: expected Linux 4.14 or later");
        std::abort();
    }
    auto* sentinel = static_cast<volatile unsigned char*>(page);
    *sentinel = 1;
    return sentinel;
}

}  // namespace

bool in_original_process() {
    static const volatile unsigned char* const sentinel = make_sentinel();
    return *sentinel == 1;
}

}  // namespace ucx_crypto
