#include "ucx_crypto/base/secret.h"

#include <sodium.h>
#include <sys/mman.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <mutex>
#include <new>
#include <vector>

#include "ucx_crypto/base/log.h"

namespace ucx_crypto {
namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kChunkSize = 64 * 1024;

constexpr size_t rounded(size_t size) {
    return (size + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

struct SecretArena::State {
    std::mutex mutex;
    std::map<size_t, std::vector<uint8_t*>> free_blocks;  // by rounded size
    uint8_t* chunk = nullptr;
    size_t chunk_left = 0;
    size_t bytes_in_use = 0;
    bool locked = true;

    uint8_t* carve(size_t size);
};

uint8_t* SecretArena::State::carve(size_t size) {
    if (size > chunk_left) {
        const size_t chunk_size = size > kChunkSize ? (size + 4095) / 4096 * 4096 : kChunkSize;
        // sodium_malloc adds guard pages and a canary; its alignment is to the end of a page, and
        // a whole number of pages keeps every block aligned.
        auto* memory = static_cast<uint8_t*>(sodium_malloc(chunk_size));
        if (memory == nullptr) {
            UCX_CRYPTO_ERROR("cannot allocate %zu bytes of key memory", chunk_size);
            std::abort();
        }
        sodium_memzero(memory, chunk_size);
        if (sodium_mlock(memory, chunk_size) != 0 && locked) {
            locked = false;
            UCX_CRYPTO_WARN(
                "key memory could not be locked: expected RLIMIT_MEMLOCK to allow it; raise it "
                "(ulimit -l) so that keys cannot reach swap space");
        }
        madvise(memory, chunk_size, MADV_DONTDUMP);
        madvise(memory, chunk_size, MADV_WIPEONFORK);
        chunk = memory;
        chunk_left = chunk_size;
    }
    uint8_t* block = chunk;
    chunk += size;
    chunk_left -= size;
    return block;
}

SecretArena::SecretArena() : state_(new State) {
    if (sodium_init() < 0) {
        UCX_CRYPTO_ERROR("libsodium could not be initialised");
        std::abort();
    }
}

SecretArena& SecretArena::instance() {
    static SecretArena arena;
    return arena;
}

void* SecretArena::allocate(size_t size) {
    size = rounded(size);
    const std::lock_guard lock(state_->mutex);
    state_->bytes_in_use += size;
    auto& blocks = state_->free_blocks[size];
    if (!blocks.empty()) {
        uint8_t* block = blocks.back();
        blocks.pop_back();
        return block;
    }
    return state_->carve(size);
}

void SecretArena::release(void* block, size_t size) {
    if (block == nullptr) {
        return;
    }
    size = rounded(size);
    sodium_memzero(block, size);
    const std::lock_guard lock(state_->mutex);
    state_->bytes_in_use -= size;
    state_->free_blocks[size].push_back(static_cast<uint8_t*>(block));
}

size_t SecretArena::bytes_in_use() const {
    const std::lock_guard lock(state_->mutex);
    return state_->bytes_in_use;
}

bool SecretArena::locked() const {
    const std::lock_guard lock(state_->mutex);
    return state_->locked;
}

SecretBytes::SecretBytes(size_t size)
    : data_(size == 0 ? nullptr : static_cast<uint8_t*>(SecretArena::instance().allocate(size))),
      size_(size) {}

SecretBytes::~SecretBytes() {
    wipe();
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept : data_(other.data_), size_(other.size_) {
    other.data_ = nullptr;
    other.size_ = 0;
}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
    if (this != &other) {
        wipe();
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
    }
    return *this;
}

SecretBytes SecretBytes::copy_of(ByteView bytes) {
    SecretBytes secret(bytes.size());
    if (secret.data_ != nullptr) {
        std::memcpy(secret.data_, bytes.data(), bytes.size());
    }
    return secret;
}

SecretBytes SecretBytes::random(size_t size) {
    SecretBytes secret(size);
    if (size != 0) {
        randombytes_buf(secret.data_, size);
    }
    return secret;
}

bool SecretBytes::operator==(const SecretBytes& other) const {
    return equal_constant_time(expose(), other.expose());
}

void SecretBytes::wipe() {
    if (data_ != nullptr) {
        SecretArena::instance().release(data_, size_);
    }
    data_ = nullptr;
    size_ = 0;
}

bool equal_constant_time(ByteView a, ByteView b) {
    if (a.size() != b.size()) {
        return false;
    }
    return a.empty() || sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

void wipe(MutableByteView bytes) {
    if (!bytes.empty()) {
        sodium_memzero(bytes.data(), bytes.size());
    }
}

}  // namespace ucx_crypto
