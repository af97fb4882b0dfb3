// Memory for keys: locked, excluded from core dumps, zero in a forked child, wiped when released.
#pragma once

#include <array>
#include <compare>

#include "ucx_crypto/base/bytes.h"
#include "ucx_crypto/base/result.h"

namespace ucx_crypto {

/// A move-only run of secret bytes from the process's locked arena.
///
/// It wipes itself, has no printable form and compares in constant time. Allocation failure aborts
/// the process, as there is no safe way to go on without key memory. Objects may be created and
/// destroyed in any thread; one object is used by one thread at a time.
class SecretBytes {
  public:
    SecretBytes() = default;
    /// `size` zero bytes.
    explicit SecretBytes(size_t size);
    ~SecretBytes();
    SecretBytes(SecretBytes&& other) noexcept;
    SecretBytes& operator=(SecretBytes&& other) noexcept;
    SecretBytes(const SecretBytes&) = delete;
    SecretBytes& operator=(const SecretBytes&) = delete;

    /// A copy of `bytes`; wiping the source is the caller's task.
    static SecretBytes copy_of(ByteView bytes);
    /// `size` bytes of the operating system's random generator.
    static SecretBytes random(size_t size);

    size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }

    /// The bytes themselves; named so that every reading of a secret can be found.
    ByteView expose() const { return {data_, size_}; }
    MutableByteView expose_for_writing() { return {data_, size_}; }

    /// Constant time in the contents (not in the sizes).
    bool operator==(const SecretBytes& other) const;

    /// Releases the memory now; the object is empty afterwards.
    void wipe();

  private:
    uint8_t* data_ = nullptr;
    size_t size_ = 0;
};

/// Constant-time equality of two runs of equal length, for MACs and proofs; unequal lengths differ.
bool equal_constant_time(ByteView a, ByteView b);

/// Overwrites bytes in a way that the compiler does not remove.
void wipe(MutableByteView bytes);

/// A byte array on the stack that wipes itself, for intermediate values of a derivation.
template <size_t N>
class WipedArray {
  public:
    WipedArray() = default;
    ~WipedArray() { wipe(bytes_); }
    WipedArray(const WipedArray&) = delete;
    WipedArray& operator=(const WipedArray&) = delete;

    MutableByteView view() { return bytes_; }
    ByteView view() const { return bytes_; }
    uint8_t* data() { return bytes_.data(); }
    static constexpr size_t size() { return N; }

  private:
    std::array<uint8_t, N> bytes_{};
};

/// The locked arena behind SecretBytes and behind the AEAD state that we allocate ourselves.
///
/// Blocks are aligned to 64 bytes, wiped before they are handed out again, mlocked and marked
/// MADV_DONTDUMP and MADV_WIPEONFORK. When the limit of locked memory (RLIMIT_MEMLOCK) does not
/// allow locking, the arena works and says so once through the log.
class SecretArena {
  public:
    static SecretArena& instance();

    void* allocate(size_t size);
    void release(void* block, size_t size);

    /// Bytes handed out now, for tests that nothing is left behind.
    size_t bytes_in_use() const;
    /// Whether every page of the arena could be locked.
    bool locked() const;

  private:
    SecretArena();
    struct State;
    State* state_;  // never destroyed: secrets in static storage may outlive every destructor
};

}  // namespace ucx_crypto
