#include "ucx_crypto/stats/page.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <ctime>
#include <new>

#include "ucx_crypto/base/log.h"
#include "ucx_crypto/base/result.h"

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

namespace ucx_crypto::stats {
namespace {

Error failed(const char* call, int error) {
    return Error(ErrorCode::kIo, std::string(call) + ": " + std::strerror(error));
}

Result<UniqueFd> make_memory() {
    UniqueFd memory(memfd_create(kPageName, MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!memory.valid()) {
        return failed("memfd_create", errno);
    }
    // Allocated now: a page that is missing at its first use would be a fault then.
    if (const int error = posix_fallocate(memory.get(), 0, kPageSize); error != 0) {
        return failed("fallocate", error);
    }
    if (fchmod(memory.get(), S_IRUSR) != 0) {
        return failed("fchmod", errno);
    }
    return memory;
}

/// After our own mapping: the last seals forbid every other one that could write.
Status seal(const UniqueFd& memory) {
    constexpr int kSize = F_SEAL_SHRINK | F_SEAL_GROW;
    // Linux before 5.1 lacks the seal against writing by others, who then are this user's own.
    if ((fcntl(memory.get(), F_ADD_SEALS, kSize | F_SEAL_FUTURE_WRITE) != 0 &&
         fcntl(memory.get(), F_ADD_SEALS, kSize) != 0) ||
        fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SEAL) != 0) {
        return failed("F_ADD_SEALS", errno);
    }
    return success();
}

Result<void*> map_page(UniqueFd& memory) {
    memory = UCX_CRYPTO_TRY(make_memory());
    void* mapped = mmap(nullptr, kPageSize, PROT_READ | PROT_WRITE, MAP_SHARED, memory.get(), 0);
    if (mapped == MAP_FAILED) {
        return failed("mmap", errno);
    }
    if (const Status sealed = seal(memory); !sealed.ok()) {
        munmap(mapped, kPageSize);
        return Error(sealed.error());
    }
    return mapped;
}

void say_once(const Error& error) {
    static std::atomic<bool> said{false};
    if (!said.exchange(true)) {
        UCX_CRYPTO_INFO(
            "counters: expected a sealed page of shared memory, found %s; `ucx-crypto "
            "status` does not see this process",
            error.message().c_str());
    }
}

}  // namespace

OwnPage::OwnPage(const Description& description) {
    const auto mapped = map_page(memory_);
    if (mapped.ok()) {
        page_ = new (*mapped) Page{};
    } else {
        memory_.reset();
        say_once(mapped.error());
        page_ = new Page{};
    }
    page_->layout = layout_of_fields();
    page_->pid = static_cast<uint64_t>(getpid());
    page_->rank = description.rank ? *description.rank : kNoRank;
    page_->opened = static_cast<uint64_t>(std::time(nullptr));
    page_->transport.set(description.transport);
    page_->device.set(description.device);
    page_->algorithm.set(description.algorithm);
    page_->magic.store(kPageMagic, std::memory_order_release);
}

OwnPage::~OwnPage() {
    if (shared()) {
        munmap(page_, kPageSize);
    } else {
        delete page_;
    }
}

}  // namespace ucx_crypto::stats
