// Whether this processor and its operating system can run a body of the AES-GCM kernel.
#pragma once

#include <cstdint>

namespace ucx_crypto::aead::vaes {

/// What decides: CPUID leaf 1 ECX, leaf 7 (subleaf 0) EBX and ECX, and XCR0, the registers that the
/// operating system saves (Intel SDM volume 2, CPUID; volume 1, section 13.2).
struct CpuState {
    uint32_t leaf1_ecx = 0;
    uint32_t leaf7_ebx = 0;
    uint32_t leaf7_ecx = 0;
    uint64_t xcr0 = 0;
};

/// AES, PCLMULQDQ, AVX2, VAES and VPCLMULQDQ, with ymm registers saved.
bool can_run_avx2(const CpuState& state);
/// All of that, AVX512F, BW, VL and DQ, with zmm and mask registers saved.
bool can_run_avx512(const CpuState& state);

/// Of this processor; zeros for anything but x86-64.
CpuState read_cpu_state();

}  // namespace ucx_crypto::aead::vaes
