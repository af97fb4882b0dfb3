// H and its powers.
#include "ucx_crypto/aead/vaes/ghash.h"

namespace ucx_crypto::aead::vaes {
namespace {

/// The hash key: the encryption of a block of zeros.
UCX_CRYPTO_VAES_INLINE __m128i hash_key(int rounds, const KeyState& state) {
    __m128i block = load_block(state.round_keys);
    for (int round = 1; round < rounds; ++round) {
        block = _mm_aesenc_si128(block, load_block(state.round_keys + 16 * round));
    }
    return _mm_aesenclast_si128(block, load_block(state.round_keys + 16 * rounds));
}

/// mulX_POLYVAL of RFC 8452 appendix A, without a branch on the bit that is shifted out.
UCX_CRYPTO_VAES_INLINE __m128i times_x(__m128i value) {
    const __m128i shifted = _mm_add_epi64(value, value);
    const __m128i signs = _mm_srai_epi32(value, 31);
    const __m128i carry = _mm_and_si128(_mm_shuffle_epi32(signs, 0x55), _mm_set_epi64x(1, 0));
    const __m128i remainder =
        _mm_and_si128(_mm_shuffle_epi32(signs, 0xff), _mm_set_epi64x(kPolynomial, 1));
    return _mm_xor_si128(_mm_xor_si128(shifted, carry), remainder);
}

}  // namespace

void expand_powers(int rounds, KeyState& state) {
    const __m128i first = times_x(reverse_bytes(hash_key(rounds, state)));
    __m128i power = first;
    for (int i = kHighestPower - 1; i >= 0; --i) {
        store_block(state.powers + 16 * i, power);
        power = multiply(power, first);
    }
    for (int i = kHighestPower; i < kHighestPower + 4; ++i) {
        store_block(state.powers + 16 * i, _mm_setzero_si128());
    }
}

}  // namespace ucx_crypto::aead::vaes
