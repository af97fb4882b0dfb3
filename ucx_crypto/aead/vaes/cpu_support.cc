#include "ucx_crypto/aead/vaes/cpu_support.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace ucx_crypto::aead::vaes {
namespace {

constexpr uint32_t bit(unsigned number) {
    return uint32_t{1} << number;
}

constexpr uint32_t kOsXsave = bit(27);
constexpr uint32_t kLeaf1 = bit(1) | bit(9) | bit(19) | bit(25) | kOsXsave |
                            bit(28);  // PCLMULQDQ, SSSE3, SSE4.1, AES, OSXSAVE, AVX
constexpr uint32_t kAvx2 = bit(5);
constexpr uint32_t kAvx512 = bit(16) | bit(17) | bit(30) | bit(31);  // F, DQ, BW, VL
constexpr uint32_t kVaesVpclmulqdq = bit(9) | bit(10);
constexpr uint64_t kYmmSaved = bit(1) | bit(2);
constexpr uint64_t kZmmSaved = kYmmSaved | bit(5) | bit(6) | bit(7);

}  // namespace

bool can_run_avx2(const CpuState& state) {
    return (state.leaf1_ecx & kLeaf1) == kLeaf1 && (state.leaf7_ebx & kAvx2) != 0 &&
           (state.leaf7_ecx & kVaesVpclmulqdq) == kVaesVpclmulqdq &&
           (state.xcr0 & kYmmSaved) == kYmmSaved;
}

bool can_run_avx512(const CpuState& state) {
    return can_run_avx2(state) && (state.leaf7_ebx & kAvx512) == kAvx512 &&
           (state.xcr0 & kZmmSaved) == kZmmSaved;
}

CpuState read_cpu_state() {
    CpuState state;
#if defined(__x86_64__)
    uint32_t eax = 0;
    uint32_t ebx = 0;
    uint32_t ecx = 0;
    uint32_t edx = 0;
    if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0) {
        state.leaf1_ecx = ecx;
    }
    if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0) {
        state.leaf7_ebx = ebx;
        state.leaf7_ecx = ecx;
    }
    if ((state.leaf1_ecx & kOsXsave) != 0) {  // without it XGETBV is an illegal instruction
        uint32_t low = 0;
        uint32_t high = 0;
        __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
        state.xcr0 = uint64_t{high} << 32 | low;
    }
#endif
    return state;
}

}  // namespace ucx_crypto::aead::vaes
