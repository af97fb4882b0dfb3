// The kernel on four blocks in 512 bits, with masks for what is shorter.
#include "ucx_crypto/aead/vaes/operations.h"

namespace ucx_crypto::aead::vaes {
namespace {

struct Avx512 {
    using Vector = __m512i;
    static constexpr int kBlocks = 4;
    /// 32 registers hold eight vectors of key stream and eight of ciphertext.
    static constexpr bool kHolds = true;
    template <class Held, class Reloaded>
    using Choose = Held;

    UCX_CRYPTO_VAES_INLINE Vector zero() { return _mm512_setzero_si512(); }
    UCX_CRYPTO_VAES_INLINE Vector load(const uint8_t* from) { return _mm512_loadu_si512(from); }
    UCX_CRYPTO_VAES_INLINE void store(uint8_t* to, Vector v) { _mm512_storeu_si512(to, v); }
    UCX_CRYPTO_VAES_INLINE Vector broadcast(const uint8_t* block) {
        return _mm512_broadcast_i32x4(load_block(block));
    }

    /// The first `size` bytes, 1 to 64.
    UCX_CRYPTO_VAES_INLINE __mmask64 mask(size_t size) { return ~uint64_t{0} >> (64 - size); }
    UCX_CRYPTO_VAES_INLINE Vector load_partial(const uint8_t* from, size_t size) {
        return _mm512_maskz_loadu_epi8(mask(size), from);
    }
    UCX_CRYPTO_VAES_INLINE void store_partial(uint8_t* to, Vector v, size_t size) {
        _mm512_mask_storeu_epi8(to, mask(size), v);
    }
    UCX_CRYPTO_VAES_INLINE Vector keep(Vector v, size_t size) {
        return _mm512_maskz_mov_epi8(mask(size), v);
    }
    UCX_CRYPTO_VAES_INLINE __m128i load_partial_block(const uint8_t* from, size_t size) {
        return _mm_maskz_loadu_epi8(static_cast<__mmask16>(0xffffU >> (16 - size)), from);
    }

    UCX_CRYPTO_VAES_INLINE Vector exclusive_or(Vector a, Vector b) {
        return _mm512_xor_si512(a, b);
    }
    UCX_CRYPTO_VAES_INLINE Vector exclusive_or3(Vector a, Vector b, Vector c) {
        return _mm512_ternarylogic_epi64(a, b, c, 0x96);
    }
    UCX_CRYPTO_VAES_INLINE Vector encrypt(Vector blocks, Vector key) {
        return _mm512_aesenc_epi128(blocks, key);
    }
    UCX_CRYPTO_VAES_INLINE Vector encrypt_last(Vector blocks, Vector key) {
        return _mm512_aesenclast_epi128(blocks, key);
    }
    template <int kHalves>
    UCX_CRYPTO_VAES_INLINE Vector product(Vector a, Vector b) {
        return _mm512_clmulepi64_epi128(a, b, kHalves);
    }
    UCX_CRYPTO_VAES_INLINE Vector polynomial() {
        return _mm512_set_epi64(0, kPolynomial, 0, kPolynomial, 0, kPolynomial, 0, kPolynomial);
    }
    UCX_CRYPTO_VAES_INLINE Vector swap_halves(Vector v) {
        return _mm512_shuffle_epi32(v, _MM_PERM_BADC);
    }
    UCX_CRYPTO_VAES_INLINE Vector reverse_bytes(Vector v) {
        return _mm512_shuffle_epi8(
            v, _mm512_set_epi64(0x0001020304050607, 0x08090a0b0c0d0e0f, 0x0001020304050607,
                                0x08090a0b0c0d0e0f, 0x0001020304050607, 0x08090a0b0c0d0e0f,
                                0x0001020304050607, 0x08090a0b0c0d0e0f));
    }

    UCX_CRYPTO_VAES_INLINE Vector counters(__m128i first) {
        return _mm512_add_epi32(_mm512_broadcast_i32x4(first),
                                _mm512_set_epi64(0, 3, 0, 2, 0, 1, 0, 0));
    }
    UCX_CRYPTO_VAES_INLINE Vector next_counters(Vector v) {
        return _mm512_add_epi32(v, _mm512_set_epi64(0, 4, 0, 4, 0, 4, 0, 4));
    }
    UCX_CRYPTO_VAES_INLINE __m128i first(Vector v) { return _mm512_castsi512_si128(v); }
    UCX_CRYPTO_VAES_INLINE Vector widen(__m128i block) { return _mm512_zextsi128_si512(block); }
    UCX_CRYPTO_VAES_INLINE __m128i sum(Vector v) {
        const __m256i half =
            _mm256_xor_si256(_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64(v, 1));
        return _mm_xor_si128(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
    }
    UCX_CRYPTO_VAES_INLINE void settle(Vector& v) { __asm__("" : "+v"(v)); }
    template <class Product>
    UCX_CRYPTO_VAES_INLINE Product ends_product(__m256i a, __m256i b) {
        return {_mm512_zextsi256_si512(_mm256_clmulepi64_epi128(a, b, 0x00)),
                _mm512_zextsi256_si512(_mm256_xor_si256(_mm256_clmulepi64_epi128(a, b, 0x01),
                                                        _mm256_clmulepi64_epi128(a, b, 0x10))),
                _mm512_zextsi256_si512(_mm256_clmulepi64_epi128(a, b, 0x11))};
    }

    UCX_CRYPTO_VAES_INLINE void clear_registers() {
        clear_low_registers();
        __asm__ volatile(
            "vpxord %%xmm16, %%xmm16, %%xmm16\n\tvpxord %%xmm17, %%xmm17, %%xmm17\n\t"
            "vpxord %%xmm18, %%xmm18, %%xmm18\n\tvpxord %%xmm19, %%xmm19, %%xmm19\n\t"
            "vpxord %%xmm20, %%xmm20, %%xmm20\n\tvpxord %%xmm21, %%xmm21, %%xmm21\n\t"
            "vpxord %%xmm22, %%xmm22, %%xmm22\n\tvpxord %%xmm23, %%xmm23, %%xmm23\n\t"
            "vpxord %%xmm24, %%xmm24, %%xmm24\n\tvpxord %%xmm25, %%xmm25, %%xmm25\n\t"
            "vpxord %%xmm26, %%xmm26, %%xmm26\n\tvpxord %%xmm27, %%xmm27, %%xmm27\n\t"
            "vpxord %%xmm28, %%xmm28, %%xmm28\n\tvpxord %%xmm29, %%xmm29, %%xmm29\n\t"
            "vpxord %%xmm30, %%xmm30, %%xmm30\n\tvpxord %%xmm31, %%xmm31, %%xmm31" ::
                : "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24",
                  "xmm25", "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31");
    }
};

constexpr Body kAes128 = Operations<Avx512, 10>::body("AVX-512");
constexpr Body kAes256 = Operations<Avx512, 14>::body("AVX-512");

}  // namespace

const Body& avx512_body(int rounds) {
    return rounds == 10 ? kAes128 : kAes256;
}

}  // namespace ucx_crypto::aead::vaes
