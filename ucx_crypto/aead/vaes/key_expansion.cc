// AES key expansion (FIPS 197 section 5.2) with AESKEYGENASSIST, which has no data-dependent time.
#include <immintrin.h>

#include "ucx_crypto/aead/vaes/inline.h"
#include "ucx_crypto/aead/vaes/key_state.h"

namespace ucx_crypto::aead::vaes {
namespace {

/// w[0], w[0]^w[1], w[0]^w[1]^w[2], ...: each word of a round key is xored with the one before it.
UCX_CRYPTO_VAES_INLINE __m128i running_xor(__m128i words) {
    words = _mm_xor_si128(words, _mm_slli_si128(words, 4));
    return _mm_xor_si128(words, _mm_slli_si128(words, 8));
}

/// From SubWord(RotWord(last word)) ^ Rcon.
template <int kRcon>
UCX_CRYPTO_VAES_INLINE __m128i rotated(__m128i before, __m128i last) {
    const __m128i assist = _mm_aeskeygenassist_si128(last, kRcon);
    return _mm_xor_si128(running_xor(before), _mm_shuffle_epi32(assist, 0xff));
}

/// From SubWord(last word), which AES-256 has between two of the others.
UCX_CRYPTO_VAES_INLINE __m128i substituted(__m128i before, __m128i last) {
    const __m128i assist = _mm_aeskeygenassist_si128(last, 0);
    return _mm_xor_si128(running_xor(before), _mm_shuffle_epi32(assist, 0xaa));
}

UCX_CRYPTO_VAES_INLINE void expand128(const uint8_t* key, __m128i* out) {
    out[0] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(key));
    out[1] = rotated<0x01>(out[0], out[0]);
    out[2] = rotated<0x02>(out[1], out[1]);
    out[3] = rotated<0x04>(out[2], out[2]);
    out[4] = rotated<0x08>(out[3], out[3]);
    out[5] = rotated<0x10>(out[4], out[4]);
    out[6] = rotated<0x20>(out[5], out[5]);
    out[7] = rotated<0x40>(out[6], out[6]);
    out[8] = rotated<0x80>(out[7], out[7]);
    out[9] = rotated<0x1b>(out[8], out[8]);
    out[10] = rotated<0x36>(out[9], out[9]);
}

UCX_CRYPTO_VAES_INLINE void expand256(const uint8_t* key, __m128i* out) {
    out[0] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(key));
    out[1] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(key + 16));
    out[2] = rotated<0x01>(out[0], out[1]);
    out[3] = substituted(out[1], out[2]);
    out[4] = rotated<0x02>(out[2], out[3]);
    out[5] = substituted(out[3], out[4]);
    out[6] = rotated<0x04>(out[4], out[5]);
    out[7] = substituted(out[5], out[6]);
    out[8] = rotated<0x08>(out[6], out[7]);
    out[9] = substituted(out[7], out[8]);
    out[10] = rotated<0x10>(out[8], out[9]);
    out[11] = substituted(out[9], out[10]);
    out[12] = rotated<0x20>(out[10], out[11]);
    out[13] = substituted(out[11], out[12]);
    out[14] = rotated<0x40>(out[12], out[13]);
}

}  // namespace

void expand_key(const uint8_t* key, size_t size, KeyState& state) {
    auto* round_keys = reinterpret_cast<__m128i*>(state.round_keys);
    if (size == 16) {
        expand128(key, round_keys);
    } else {
        expand256(key, round_keys);
    }
    expand_powers(size == 16 ? 10 : 14, state);
    clear_low_registers();
}

}  // namespace ucx_crypto::aead::vaes
