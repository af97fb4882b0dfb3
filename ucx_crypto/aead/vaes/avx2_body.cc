// The kernel on two blocks in 256 bits.
#include "ucx_crypto/aead/vaes/operations.h"
#include "ucx_crypto/aead/vaes/partial_block.h"

namespace ucx_crypto::aead::vaes {
namespace {

struct Avx2 {
    using Vector = __m256i;
    static constexpr int kBlocks = 2;
    /// 16 registers are not enough for that.
    static constexpr bool kHolds = false;
    template <class Held, class Reloaded>
    using Choose = Reloaded;

    UCX_CRYPTO_VAES_INLINE Vector zero() { return _mm256_setzero_si256(); }
    UCX_CRYPTO_VAES_INLINE Vector load(const uint8_t* from) {
        return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
    }
    UCX_CRYPTO_VAES_INLINE void store(uint8_t* to, Vector v) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), v);
    }
    UCX_CRYPTO_VAES_INLINE Vector broadcast(const uint8_t* block) {
        return _mm256_broadcastsi128_si256(load_block(block));
    }

    /// The first `size` bytes, 1 to 32.
    UCX_CRYPTO_VAES_INLINE Vector load_partial(const uint8_t* from, size_t size) {
        if (size <= 16) {
            return widen(load_partial_block(from, size));
        }
        return _mm256_set_m128i(load_partial_block(from + 16, size - 16), load_block(from));
    }
    UCX_CRYPTO_VAES_INLINE void store_partial(uint8_t* to, Vector v, size_t size) {
        if (size <= 16) {
            vaes::store_partial_block(to, first(v), size);
            return;
        }
        store_block(to, first(v));
        vaes::store_partial_block(to + 16, _mm256_extracti128_si256(v, 1), size - 16);
    }
    UCX_CRYPTO_VAES_INLINE Vector keep(Vector v, size_t size) {
        const Vector place =
            _mm256_set_epi8(31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14,
                            13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
        return _mm256_and_si256(
            v, _mm256_cmpgt_epi8(_mm256_set1_epi8(static_cast<char>(size)), place));
    }
    UCX_CRYPTO_VAES_INLINE __m128i load_partial_block(const uint8_t* from, size_t size) {
        return vaes::load_partial_block(from, size);
    }

    UCX_CRYPTO_VAES_INLINE Vector exclusive_or(Vector a, Vector b) {
        return _mm256_xor_si256(a, b);
    }
    UCX_CRYPTO_VAES_INLINE Vector exclusive_or3(Vector a, Vector b, Vector c) {
        return _mm256_xor_si256(a, _mm256_xor_si256(b, c));
    }
    UCX_CRYPTO_VAES_INLINE Vector encrypt(Vector blocks, Vector key) {
        return _mm256_aesenc_epi128(blocks, key);
    }
    UCX_CRYPTO_VAES_INLINE Vector encrypt_last(Vector blocks, Vector key) {
        return _mm256_aesenclast_epi128(blocks, key);
    }
    template <int kHalves>
    UCX_CRYPTO_VAES_INLINE Vector product(Vector a, Vector b) {
        return _mm256_clmulepi64_epi128(a, b, kHalves);
    }
    UCX_CRYPTO_VAES_INLINE Vector polynomial() {
        return _mm256_set_epi64x(0, kPolynomial, 0, kPolynomial);
    }
    UCX_CRYPTO_VAES_INLINE Vector swap_halves(Vector v) { return _mm256_shuffle_epi32(v, 0x4e); }
    UCX_CRYPTO_VAES_INLINE Vector reverse_bytes(Vector v) {
        return _mm256_shuffle_epi8(v, _mm256_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f,
                                                        0x0001020304050607, 0x08090a0b0c0d0e0f));
    }

    UCX_CRYPTO_VAES_INLINE Vector counters(__m128i first) {
        return _mm256_add_epi32(_mm256_broadcastsi128_si256(first), _mm256_set_epi64x(0, 1, 0, 0));
    }
    UCX_CRYPTO_VAES_INLINE Vector next_counters(Vector v) {
        return _mm256_add_epi32(v, _mm256_set_epi64x(0, 2, 0, 2));
    }
    UCX_CRYPTO_VAES_INLINE __m128i first(Vector v) { return _mm256_castsi256_si128(v); }
    UCX_CRYPTO_VAES_INLINE Vector widen(__m128i block) { return _mm256_zextsi128_si256(block); }
    UCX_CRYPTO_VAES_INLINE __m128i sum(Vector v) {
        return _mm_xor_si128(first(v), _mm256_extracti128_si256(v, 1));
    }
    UCX_CRYPTO_VAES_INLINE void settle(Vector& v) { __asm__("" : "+x"(v)); }
    template <class Product>
    UCX_CRYPTO_VAES_INLINE Product ends_product(__m256i a, __m256i b) {
        return {product<0x00>(a, b), _mm256_xor_si256(product<0x01>(a, b), product<0x10>(a, b)),
                product<0x11>(a, b)};
    }

    UCX_CRYPTO_VAES_INLINE void clear_registers() { clear_low_registers(); }
};

constexpr Body kAes128 = Operations<Avx2, 10>::body("AVX2");
constexpr Body kAes256 = Operations<Avx2, 14>::body("AVX2");

}  // namespace

const Body& avx2_body(int rounds) {
    return rounds == 10 ? kAes128 : kAes256;
}

}  // namespace ucx_crypto::aead::vaes
