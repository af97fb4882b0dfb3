#include "ucx_crypto/stats/snapshot.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <climits>

namespace ucx_crypto::stats {
namespace {

Error foreign(const std::string& found) {
    return Error(ErrorCode::kProtocol, "expected counters of ucx-crypto, found " + found);
}

}  // namespace

bool is_printable(char letter) {
    return letter >= ' ' && letter <= '~' && letter != '"' && letter != '\\';
}

std::string printable(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char letter) { return !is_printable(letter); }, '?');
    return text;
}

Result<Snapshot> read(const Page& page) {
    if (page.magic.load(std::memory_order_acquire) != kPageMagic) {
        return foreign("memory without their mark");
    }
    if (page.layout != layout_of_fields()) {
        return Error(ErrorCode::kUnsupported,
                     "expected counters of this version of ucx-crypto, found those of another: use "
                     "the ucx-crypto that its process uses");
    }
    const uint64_t pid = page.pid;
    const uint64_t rank = page.rank;
    if (pid == 0 || pid > INT_MAX || (rank > UINT32_MAX && rank != kNoRank)) {
        return foreign("a PID or rank that cannot be");
    }
    Snapshot snapshot;
    snapshot.pid = static_cast<uint32_t>(pid);
    if (rank != kNoRank) {
        snapshot.rank = static_cast<uint32_t>(rank);
    }
    snapshot.opened = page.opened;
    snapshot.transport = page.transport.get();
    snapshot.device = page.device.get();
    snapshot.algorithm = page.algorithm.get();
    snapshot.aead = page.aead.get();
    for (const std::string* text :
         {&snapshot.transport, &snapshot.device, &snapshot.algorithm, &snapshot.aead}) {
        if (!std::all_of(text->begin(), text->end(), is_printable)) {
            return foreign("a text that is none");
        }
    }
    for (const Field& field : kFields) {
        snapshot.values[static_cast<size_t>(field.counter)] = page.counters.get(field.counter);
    }
    return snapshot;
}

Result<Snapshot> read(const UniqueFd& memory) {
    // Without the seal its process could cut it off under us, which would be a fault of ours.
    struct stat status {};
    const int seals = fcntl(memory.get(), F_GET_SEALS);
    if (seals < 0 || (seals & F_SEAL_SHRINK) == 0 || fstat(memory.get(), &status) != 0 ||
        !S_ISREG(status.st_mode) || status.st_size != kPageSize) {
        return foreign("something else than a sealed page");
    }
    void* mapped = mmap(nullptr, kPageSize, PROT_READ, MAP_SHARED, memory.get(), 0);
    if (mapped == MAP_FAILED) {
        return Error(ErrorCode::kIo, std::string("counters: mmap: ") + std::strerror(errno));
    }
    auto snapshot = read(*static_cast<const Page*>(mapped));
    munmap(mapped, kPageSize);
    return snapshot;
}

}  // namespace ucx_crypto::stats
