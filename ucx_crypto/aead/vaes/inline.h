// What the kernel's files have in common: how they inline, and how they leave the registers.
#pragma once

/// No copy with external linkage, not even without optimisation (key_state.h says why).
#define UCX_CRYPTO_VAES_INLINE static inline __attribute__((always_inline))

/// A function with a frame of its own, so that its caller can clear what it leaves below.
#define UCX_CRYPTO_VAES_WORK static __attribute__((noinline))

namespace ucx_crypto::aead::vaes {

/// Zeros xmm0 to xmm15 and what is above them: round keys, powers of H and key stream. The last
/// thing that a function of the kernel does.
UCX_CRYPTO_VAES_INLINE void clear_low_registers() {
    __asm__ volatile("vzeroall" ::
                         : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
                           "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

}  // namespace ucx_crypto::aead::vaes
