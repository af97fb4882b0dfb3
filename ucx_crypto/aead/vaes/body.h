// One instruction set's functions for one key size.
#pragma once

#include "ucx_crypto/aead/vaes/key_state.h"

namespace ucx_crypto::aead::vaes {

/// Where a message that is sealed piece by piece has got to. Secret, as H follows from hashes.
struct Position {
    alignas(16) uint8_t hash[16];
    uint8_t counter[16];  // of the next block, byte-reversed
    uint64_t pending;     // 1 as long as `hash` still has to be multiplied by H
    uint64_t associated_size;
    uint64_t size;  // of the pieces until now
};

/// Bytes in and out may be anywhere, at the same address or disjoint. `nonce` has 12 bytes.
///
/// A message has at most kMaxMessageSize bytes: the counter, which starts at 1 with a nonce of 12
/// bytes, then has no block twice.
struct Body {
    const char* name;
    /// What seal_chunks() takes multiples of.
    size_t chunk_size;

    /// Writes the ciphertext, then the tag.
    void (*seal)(const KeyState& key, const uint8_t* nonce, const uint8_t* associated,
                 size_t associated_size, const uint8_t* in, size_t size, uint8_t* out);
    /// Writes the plaintext, and says whether the tag after the `size` bytes of ciphertext is
    /// right. If not, the caller wipes what has been written.
    bool (*open)(const KeyState& key, const uint8_t* nonce, const uint8_t* associated,
                 size_t associated_size, const uint8_t* in, size_t size, uint8_t* out);

    /// seal() in steps: begin, chunks, chunks, ..., rest. The rest has up to chunk_size bytes and
    /// the tag follows it.
    void (*begin)(const uint8_t* nonce, const uint8_t* associated, size_t associated_size,
                  const KeyState& key, Position& position);
    void (*seal_chunks)(const KeyState& key, Position& position, const uint8_t* in, size_t size,
                        uint8_t* out);
    void (*seal_rest)(const KeyState& key, const Position& position, const uint8_t* in, size_t size,
                      uint8_t* out);
};

/// NIST SP 800-38D section 5.2.1.1: 2^39 - 256 bits.
inline constexpr uint64_t kMaxMessageSize = (uint64_t{1} << 36) - 32;

/// VAES and VPCLMULQDQ on 256 bits; `rounds` is 10 or 14. Needs can_run_avx2().
const Body& avx2_body(int rounds);
/// The same on 512 bits. Needs can_run_avx512().
const Body& avx512_body(int rounds);

}  // namespace ucx_crypto::aead::vaes
