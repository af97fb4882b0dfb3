// GHASH (NIST SP 800-38D section 6.4) on byte-reversed blocks, as POLYVAL computes it (RFC 8452
// appendix A).
//
// With blocks reversed, GHASH under H is POLYVAL under H times x: a product needs no shift by one
// bit, and it is reduced by Montgomery's method with two multiplications by a constant of 64 bits.
// GHASH of several blocks is the sum of each block times its power of H; the sum is reduced once
// (Gueron and Kounavis, "Intel Carry-Less Multiplication Instruction and its Usage for Computing
// the GCM Mode"; Gueron, "AES-GCM for Efficient Authenticated Encryption").
#pragma once

#include <immintrin.h>

#include "ucx_crypto/aead/vaes/inline.h"
#include "ucx_crypto/aead/vaes/key_state.h"

namespace ucx_crypto::aead::vaes {

/// x^63 + x^62 + x^57: POLYVAL's polynomial x^128 + x^127 + x^126 + x^121 + 1 without its ends,
/// over x^64.
inline constexpr long long kPolynomial = static_cast<long long>(0xc200000000000000U);

/// Where a vector that starts with H^`power` is.
UCX_CRYPTO_VAES_INLINE const uint8_t* power_of_h(const KeyState& key, size_t power) {
    return key.powers + (kHighestPower - power) * 16;
}

UCX_CRYPTO_VAES_INLINE __m128i load_block(const uint8_t* from) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}

UCX_CRYPTO_VAES_INLINE void store_block(uint8_t* to, __m128i block) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), block);
}

UCX_CRYPTO_VAES_INLINE __m128i reverse_bytes(__m128i block) {
    return _mm_shuffle_epi8(block,
                            _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}

/// a times b over x^128, modulo POLYVAL's polynomial.
UCX_CRYPTO_VAES_INLINE __m128i multiply(__m128i a, __m128i b) {
    const __m128i polynomial = _mm_set_epi64x(0, kPolynomial);
    const __m128i low = _mm_clmulepi64_si128(a, b, 0x00);
    const __m128i high = _mm_clmulepi64_si128(a, b, 0x11);
    __m128i middle =
        _mm_xor_si128(_mm_clmulepi64_si128(a, b, 0x01), _mm_clmulepi64_si128(a, b, 0x10));
    // Adding a multiple of the polynomial that clears the lowest 64 bits moves what is left of a
    // third to the place of the next.
    middle = _mm_xor_si128(middle, _mm_xor_si128(_mm_shuffle_epi32(low, 0x4e),
                                                 _mm_clmulepi64_si128(low, polynomial, 0x00)));
    return _mm_xor_si128(high, _mm_xor_si128(_mm_shuffle_epi32(middle, 0x4e),
                                             _mm_clmulepi64_si128(middle, polynomial, 0x00)));
}

}  // namespace ucx_crypto::aead::vaes
