// What the kernel keeps of one key, and how it is made from the key.
//
// This header and the others that the kernel's files include hold no inline function of external
// linkage: those files are compiled for processors with AVX2 or AVX-512, and the linker could
// choose their copy of such a function for the whole program.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ucx_crypto::aead::vaes {

/// The highest power of H kept: a chunk's 32 blocks, one of additional data, one of lengths, and
/// two more so that a chunk's powers start on a cache line.
inline constexpr int kHighestPower = 36;
inline constexpr int kMaxRounds = 14;

/// Lives in the locked arena; nothing else holds the key or H between two messages.
struct alignas(64) KeyState {
    /// H^36 to H^1, each as POLYVAL has it (ghash.h), then zeros: a vector that starts at one of
    /// the last powers may be loaded whole.
    uint8_t powers[(kHighestPower + 4) * 16];
    /// FIPS 197 section 5.2.
    uint8_t round_keys[(kMaxRounds + 1) * 16];
};

/// For a key of 16 or 32 bytes. Needs AES, PCLMULQDQ and AVX.
void expand_key(const uint8_t* key, size_t size, KeyState& state);

/// Fills the powers from the round keys; `rounds` is 10 or 14. Needs AES, PCLMULQDQ and AVX.
void expand_powers(int rounds, KeyState& state);

}  // namespace ucx_crypto::aead::vaes
